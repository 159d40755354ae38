//! Whether all that new limits allow was allowed by the old ones. "No" where nobody can tell.

use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::power::{ContainerScope, PathLimit, PathScope, VariableLimit, VariableScope, is_reserved_variable};
use windlass_model::scope::Scope;

/// Names: each old list has to hold all that one of the new ones lets through.
pub(super) fn scope(old: &Scope, new: &Scope) -> bool {
    old.lists().iter().all(|wide| new.lists().iter().any(|narrow| all(narrow, wide, pattern)))
}

pub(super) fn containers(old: &ContainerScope, new: &ContainerScope) -> bool {
    (old.own || !new.own) && scope(&old.of_task, &new.of_task)
}

pub(super) fn variables(old: &VariableScope, new: &VariableScope) -> bool {
    let within = |narrow: &VariableLimit, wide: &VariableLimit| match (narrow, wide) {
        (VariableLimit::Ordinary, VariableLimit::Ordinary) => true,
        // Of names that are kept for the task, one is allowed that is written in full.
        (VariableLimit::Only(narrow), VariableLimit::Ordinary) => {
            narrow.iter().all(|name| !(name.is_literal() && is_reserved_variable(&name.0)))
        }
        (VariableLimit::Ordinary, VariableLimit::Only(wide)) => wide.iter().any(|pattern| pattern.0 == "*"),
        (VariableLimit::Only(narrow), VariableLimit::Only(wide)) => all(narrow, wide, |narrow, wide| {
            let kept = narrow.is_literal() && is_reserved_variable(&narrow.0);
            if kept { narrow == wide } else { pattern(narrow, wide) }
        }),
    };
    old.limits().iter().all(|wide| new.limits().iter().any(|narrow| within(narrow, wide)))
}

pub(super) fn files(old: &PathScope, new: &PathScope) -> bool {
    let within = |narrow: &PathLimit, wide: &PathLimit| match (narrow, wide) {
        (PathLimit::Ordinary, PathLimit::Ordinary) => true,
        // A file that is written in full may be one of those that have to be.
        (PathLimit::Only(narrow), PathLimit::Ordinary) => narrow.iter().all(|pattern| !is_path(pattern)),
        (PathLimit::Ordinary, PathLimit::Only(wide)) => wide.iter().any(|pattern| pattern.as_str() == "**"),
        // A wildcard stands for ordinary files, and a file that is written in full for itself.
        (PathLimit::Only(narrow), PathLimit::Only(wide)) => {
            all(narrow, wide, |narrow, wide| narrow == wide || !is_path(narrow) && wide.as_str() == "**")
        }
    };
    old.limits().iter().all(|wide| new.limits().iter().any(|narrow| within(narrow, wide)))
}

/// Whether each of these is within one of those.
fn all<T>(narrow: &[T], wide: &[T], within: impl Fn(&T, &T) -> bool) -> bool {
    narrow.iter().all(|one| wide.iter().any(|other| within(one, other)))
}

/// Whether all that one pattern matches the other does. Taken as a text, the narrow one has to match; only a `*` of the wide one may stand
/// for a `*` of the narrow one, which a `?` would match, too.
fn pattern(narrow: &Pattern, wide: &Pattern) -> bool {
    narrow == wide || wide.matches(&narrow.0) && !(narrow.0.contains('*') && wide.0.contains('?'))
}

fn is_path(pattern: &PathPattern) -> bool {
    pattern.literal() == pattern.as_str()
}

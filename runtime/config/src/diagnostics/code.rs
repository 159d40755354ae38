//! The names of the kinds of problems, stable for scripts that filter on them.

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The kind of a problem. Names are never reused for another kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every kind of problem.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in messages and machine-readable output.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What `windlass explain` prints: a heading, what the problem means and what to do, and where a few lines can show it, a
            /// file that has it and one that does not.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("pages/", $name, ".md")),)+
                }
            }
        }
    };
}

codes! {
    /// The file is larger than any configuration should be.
    TooLarge = "too-large",
    /// The file is not UTF-8, or holds a NUL.
    NotText = "not-text",
    /// The text is not YAML.
    Syntax = "syntax",
    /// Aliases, merges, nesting or variables expand beyond the limits.
    TooMuchExpansion = "too-much-expansion",
    /// A task without an instruction that would do something.
    NothingToDo = "nothing-to-do",
    /// A key that nothing reads.
    UnknownKey = "unknown-key",
    /// A key written twice where only the last counts.
    RepeatedKey = "repeated-key",
    /// A key that is not for whoever wrote the file.
    MisplacedKey = "misplaced-key",
    /// A key that has to be there and is not.
    MissingKey = "missing-key",
    /// A map where text was expected, and the like.
    WrongType = "wrong-type",
    /// Text that does not say what its key needs: an amount, an image, a time.
    InvalidValue = "invalid-value",
    /// A variable in a field that nothing defines.
    UnknownVariable = "unknown-variable",
    /// A well-known variable that is empty this time.
    EmptyVariable = "empty-variable",
    /// An expression that cannot be read or evaluated.
    InvalidExpression = "invalid-expression",
    /// An expression that means something else than it seems to.
    SuspiciousExpression = "suspicious-expression",
    /// A matrix that does not list variants.
    InvalidMatrix = "invalid-matrix",
    /// A YAML tag (`!…`) that has no meaning here.
    UnexpectedTag = "unexpected-tag",
    /// A dependency on a task that is not in the file.
    UnknownTask = "unknown-task",
    /// A dependency on a task that `only_if` took out.
    DroppedDependency = "dropped-dependency",
    /// Tasks that wait for each other.
    DependencyCycle = "dependency-cycle",
    /// Two instructions of a task, or two containers of a pod, with one name.
    DuplicateName = "duplicate-name",
    /// A task without anything that says where it runs.
    NoInstance = "no-instance",
    /// A task that windlass cannot run.
    NotSupported = "not-supported",
    /// A key that is accepted and has no effect.
    Ignored = "ignored",
    /// A key that has another name now.
    OldName = "old-name",
    /// Shell text that YAML changes before the shell sees it.
    ScriptFolding = "script-folding",
    /// A secret where it cannot be used.
    MisplacedSecret = "misplaced-secret",
    /// A plugin that is not there, or is none.
    UnknownPlugin = "unknown-plugin",
    /// A request that the plugin of a step refuses.
    PluginRequest = "plugin-request",
    /// A plugin that asks for, or brings, what it was not granted.
    NotGranted = "not-granted",
    /// What the policy forbids.
    Policy = "policy",
    /// Anything else that keeps a task from being planned.
    NotPlanned = "not-planned",
    /// A file that settings name and that cannot be used.
    UnusableFile = "unusable-file",
    /// A context that the kubeconfig does not have.
    UnknownContext = "unknown-context",
    /// A root key that looks like a misspelt task.
    NotATask = "not-a-task",
}

impl Code {
    /// The kind that has this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// The heading of its page: what is wrong, in one line.
    pub fn title(self) -> &'static str {
        self.page().lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

//! Text that Kubernetes must hand over as it stands: it expands `$(NAME)` in `env`, `command` and `args`, and takes `$$` for `$`.

/// Doubles each `$` that Kubernetes would otherwise act on.
///
/// Only a `$` that `(` or another `$` follows is special
/// (`third_party/forked/golang/expansion/expand.go` in kubernetes/kubernetes); a lone one stays, so that values remain readable.
pub(super) fn verbatim(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        if c == '$' && matches!(rest.peek(), Some('(' | '$')) {
            out.push('$');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::verbatim;

    /// Kubernetes' own expansion with no variable defined, after its `expand.go`.
    fn kubernetes_expands(input: &str) -> String {
        let bytes = input.as_bytes();
        let mut out = Vec::new();
        let (mut checkpoint, mut cursor) = (0, 0);
        while cursor < bytes.len() {
            if bytes[cursor] == b'$' && cursor + 1 < bytes.len() {
                out.extend_from_slice(&bytes[checkpoint..cursor]);
                let rest = &bytes[cursor + 1..];
                let advance = match rest[0] {
                    b'$' => {
                        out.push(b'$');
                        1
                    }
                    b'(' => match rest.iter().position(|b| *b == b')') {
                        Some(end) => {
                            out.extend_from_slice(b"<expanded>");
                            end + 1
                        }
                        None => {
                            out.extend_from_slice(b"$(");
                            1
                        }
                    },
                    other => {
                        out.extend_from_slice(&[b'$', other]);
                        1
                    }
                };
                cursor += advance;
                checkpoint = cursor + 1;
            }
            cursor += 1;
        }
        out.extend_from_slice(&bytes[checkpoint.min(bytes.len())..]);
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn what_kubernetes_makes_of_escaped_text_is_the_text() {
        for text in ["$(X)", "$$(X)", "$$$(X)", "a$b", "$", "$$", "$$$", "cost: $5 $(date) ${HOME}", "$(", "é$(X)$", "$$a$("] {
            assert_eq!(kubernetes_expands(&verbatim(text)), text, "{text} was written {}", verbatim(text));
        }
        assert_eq!(verbatim("${HOME} $5"), "${HOME} $5", "nothing to escape");
    }
}

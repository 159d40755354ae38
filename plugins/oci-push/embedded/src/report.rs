//! What the program says, read.

use windlass_plugin_sdk::images::PushedImage;

/// The images of the result file, one for each reference in their order.
pub(crate) fn pushed(json: &[u8], references: &[String]) -> Option<Vec<PushedImage>> {
    let value: serde_json::Value = serde_json::from_slice(json).ok()?;
    let images: Vec<PushedImage> = value
        .as_array()?
        .iter()
        .map(|entry| {
            let text = |name: &str| entry.get(name)?.as_str().map(str::to_owned);
            Some(PushedImage { reference: text("reference")?, digest: text("digest").filter(|digest| is_digest(digest))? })
        })
        .collect::<Option<_>>()?;
    images.iter().map(|image| &image.reference).eq(references).then_some(images)
}

/// The digest that is the last line.
pub(crate) fn digest(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    text.lines().last().map(str::trim).filter(|line| is_digest(line)).map(str::to_owned)
}

/// The sentence of the last `error:` line.
pub(crate) fn sentence(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    text.lines().rev().find_map(|line| line.strip_prefix("error: ")).map(str::to_owned)
}

fn is_digest(word: &str) -> bool {
    word.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(fill: char) -> String {
        format!("sha256:{}", fill.to_string().repeat(64))
    }

    #[test]
    fn the_result_must_name_every_reference() {
        let json = format!(r#"[{{"reference":"a:1","digest":"{}","size":3}}]"#, digest_of('a'));
        let found = pushed(json.as_bytes(), &["a:1".into()]).map(|images| images[0].digest.clone());
        assert_eq!(found, Some(digest_of('a')));
        assert!(pushed(json.as_bytes(), &["a:1".into(), "a:2".into()]).is_none());
        assert!(pushed(br#"[{"reference":"a:1","digest":"x"}]"#, &["a:1".into()]).is_none());
        assert!(pushed(b"[", &[]).is_none());
    }

    #[test]
    fn digests_and_errors_are_the_last_of_their_kind() {
        assert_eq!(digest(format!("noise\n{}\n", digest_of('b')).as_bytes()), Some(digest_of('b')));
        assert_eq!(digest(b"none\n"), None);
        assert_eq!(sentence(b"sent a\nerror: no\nerror: gcr.io refuses\n"), Some("gcr.io refuses".into()));
        assert_eq!(sentence(b"all is well"), None);
    }
}

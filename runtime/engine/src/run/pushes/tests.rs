use super::*;

fn digest(fill: char) -> String {
    format!("sha256:{}", fill.to_string().repeat(64))
}

/// What is found in an output, whole and in pieces of every size, which must be the same.
fn found(patterns: &[&[&str]], output: &str) -> Vec<String> {
    let allowed: Arc<[PushPattern]> =
        patterns.iter().map(|parts| PushPattern::new(parts.iter().map(|part| (*part).to_owned()).collect())).collect();
    let read = |size: usize| {
        let mut pushes = Pushes::new(Arc::clone(&allowed));
        let images = output.as_bytes().chunks(size).flat_map(|piece| pushes.read(piece)).collect::<Vec<_>>();
        images.into_iter().map(|image| format!("{} {}", image.reference, image.digest)).collect::<Vec<_>>()
    };
    let whole = read(output.len().max(1));
    for size in 1..40 {
        assert_eq!(read(size), whole, "in pieces of {size}");
    }
    whole
}

fn push(repository: &str, tag: &str, fill: char) -> String {
    format!(
        "The push refers to repository [{repository}]\n5f70bf18a086: Preparing\n5f70bf18a086: Pushed\n{tag}: digest: {} size: 528\n",
        digest(fill)
    )
}

/// Proves that the digest of a push in a script is known, however its output arrives: before, only typed pushes were listed.
#[test]
fn the_digest_of_docker_is_found_in_any_pieces_with_colours_and_carriage_returns() {
    let expected = [format!("gcr.io/p/app:1 {}", digest('a'))];
    let plain = push("gcr.io/p/app", "1", 'a');
    let any: &[&[&str]] = &[&["gcr.io/p/app:", ""]];
    assert_eq!(found(any, &plain), expected);
    assert_eq!(found(any, &plain.replace('\n', "\r\n")), expected);
    assert_eq!(found(any, &plain.replace("digest", "\u{1b}[1mdigest\u{1b}[0m").replace("1: ", "\u{1b}[32m1: ")), expected);
    assert_eq!(found(any, &format!("{}\n{plain}", "x".repeat(5000))), expected);
}

/// Proves that nothing is listed that the script's own commands do not push, whatever it writes.
#[test]
fn what_is_only_written_is_not_believed() {
    let output = push("gcr.io/p/app", "1", 'a');
    assert_eq!(found(&[], &output), [""; 0], "the script pushes nothing");
    assert_eq!(found(&[&["gcr.io/p/other:1"]], &output), [""; 0], "it pushes something else");
    let alone = format!("1: digest: {} size: 528\n", digest('a'));
    assert_eq!(found(&[&["", ""]], &alone), [""; 0], "no repository was named");
    let open = |end: &str| format!("The push refers to repository [gcr.io/p/app]\n1: digest: {end}\n");
    for end in ["sha256:12 size: 1", &digest('z'), &format!("{} size: x", digest('a')), &digest('a')] {
        assert_eq!(found(&[&["", ""]], &open(end)), [""; 0], "{end}");
    }
}

#[test]
fn several_pushes_are_told_apart_or_not_told() {
    let both = format!("{}{}", push("r.example/a", "1", 'a'), push("r.example/b", "1", 'b'));
    let pushed = [format!("r.example/a:1 {}", digest('a')), format!("r.example/b:1 {}", digest('b'))];
    assert_eq!(found(&[&["", ""]], &both), pushed, "one after the other");
    let tags = format!("{}2: digest: {} size: 5\n", push("r.example/a", "1", 'a'), digest('b'));
    assert_eq!(found(&[&["r.example/a:", ""]], &tags).len(), 2, "all tags");
    let begin = |name: &str| format!("The push refers to repository [r.example/{name}]\n");
    let end = |tag: &str, fill| format!("{tag}: digest: {} size: 5\n", digest(fill));
    let mixed = format!("{}{}{}{}", begin("a"), begin("b"), end("2", 'b'), end("1", 'a'));
    assert_eq!(found(&[&["", ""]], &mixed), [""; 0], "side by side, it is not clear whose digest it is");
    let known: &[&[&str]] = &[&["r.example/a:1"], &["r.example/b:2"]];
    assert_eq!(found(known, &mixed), [format!("r.example/b:2 {}", digest('b')), format!("r.example/a:1 {}", digest('a'))]);
}

#[test]
fn buildkit_and_buildah_say_it_in_one_line() {
    let allowed: &[&[&str]] = &[&["r.example:5000/app:1"]];
    let expected = [format!("r.example:5000/app:1 {}", digest('c'))];
    let line = |line: &str| found(allowed, &format!("{line}\n"));
    let reference = format!("r.example:5000/app:1@{}", digest('c'));
    assert_eq!(line(&format!("#12 pushing manifest for {reference} 0.3s done")), expected);
    assert_eq!(line(&format!("#12 pushing manifest for {reference}")), [""; 0], "it is not done");
    assert_eq!(line(&format!("Successfully pushed //{reference}")), expected);
    assert_eq!(line(&format!("Successfully pushed docker://r.example:5000/other@{}", digest('c'))), [""; 0]);
}

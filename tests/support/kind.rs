//! Components whose manifests say something else. The misbehaving plugin exports every kind, and its manifest says which it is.

/// The misbehaving plugin as one of another kind.
pub fn as_kind(component: &[u8], kind: &str) -> Vec<u8> {
    let from = r#""kind":"step","description":"Does one bad thing.""#;
    let to = from.replace("step", kind);
    // A manifest is as long as its section says.
    let to = if kind.len() > "step".len() { to.replace("thing.", "thing") } else { to };
    with_manifest(component, from, &to)
}

/// A component in whose manifest something is replaced by something as long.
pub fn with_manifest(component: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut changed = component.to_vec();
    // It stands there twice: in its section, and among the data.
    let places = (0..=component.len() - from.len()).filter(|at| component[*at..].starts_with(from.as_bytes()));
    let found = places.map(|at| changed[at..at + from.len()].copy_from_slice(to.as_bytes())).count();
    assert!(found > 0, "no manifest says {from}");
    changed
}

/// A component whose manifest was changed as JSON. It is one of a language that puts the manifest into a section of the component itself.
pub fn with_changed_manifest(component: &[u8], change: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
    const NAME: &[u8] = b"windlass.plugin";
    let (mut changed, mut at, mut found) = (component[..8].to_vec(), 8, 0);
    while at < component.len() {
        let (size, size_length) = number(&component[at + 1..]);
        let (start, end) = (at + 1 + size_length, at + 1 + size_length + size);
        let section = &component[start..end];
        match section.get(1..=NAME.len()) {
            Some(name) if component[at] == 0 && name == NAME && usize::from(section[0]) == NAME.len() => {
                let mut manifest = serde_json::from_slice(&section[1 + NAME.len()..]).expect("JSON");
                change(&mut manifest);
                let section = [&section[..=NAME.len()], manifest.to_string().as_bytes()].concat();
                changed.push(0);
                changed.extend(written(section.len()));
                changed.extend(section);
                found += 1;
            }
            _ => changed.extend(&component[at..end]),
        }
        at = end;
    }
    assert_eq!(found, 1, "one section has the manifest");
    changed
}

/// A number as WebAssembly has it (LEB128), and how many bytes it takes.
fn number(bytes: &[u8]) -> (usize, usize) {
    let length = 1 + bytes.iter().take_while(|byte| **byte >= 0x80).count();
    let value = bytes[..length].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
    (value, length)
}

fn written(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits");
        value >>= 7;
        bytes.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return bytes;
        }
    }
}

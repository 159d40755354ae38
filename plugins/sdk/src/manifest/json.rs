//! Writes a manifest as JSON, while the plugin is compiled: everything here is `const`.

use super::writer::Json;
use super::{BUILD_FIELDS, Field, Limit, Manifest, PLACES, POWERS, Pod, Schema};

impl<const N: usize> Json<N> {
    pub(super) const fn manifest(&mut self, manifest: &Manifest) {
        self.raw("{\"manifest\":1");
        self.member(true, "name");
        self.string(manifest.name);
        self.member(true, "version");
        self.string(manifest.version);
        self.member(true, "kind");
        self.string(manifest.kind);
        self.member(true, "description");
        self.string(manifest.description);
        self.powers(manifest.powers);
        if !manifest.honours.is_empty() {
            self.members("honours", manifest.honours, &BUILD_FIELDS);
        }
        if !manifest.leaves.is_empty() {
            self.members("leaves", manifest.leaves, &PLACES);
        }
        if !manifest.takes.is_empty() {
            self.members("takes", manifest.takes, &PLACES);
        }
        if !manifest.facts.is_empty() {
            self.facts(manifest.facts);
        }
        self.member(true, "request");
        self.schema(&manifest.request, "");
        self.byte(b'}');
    }

    const fn powers(&mut self, powers: &[(&str, Limit, &str)]) {
        self.member(true, "powers");
        self.byte(b'{');
        let mut i = 0;
        while i < powers.len() {
            let (power, limit, reason) = powers[i];
            assert!(is_one_of(&POWERS, power), "there is no such power: see windlass_plugin_sdk::manifest::POWERS");
            assert!(limit.fits(power), "this power takes no such limit: see plugins/REFERENCE.md");
            self.member(i > 0, power);
            if let Limit::None = limit {
                self.string(reason);
            } else {
                self.byte(b'{');
                self.member(false, "reason");
                self.string(reason);
                self.member(true, "only");
                self.limit(limit);
                self.byte(b'}');
            }
            i += 1;
        }
        self.byte(b'}');
    }

    const fn limit(&mut self, limit: Limit) {
        match limit {
            Limit::None => {}
            Limit::All => self.string("all"),
            Limit::List(words) => self.strings(words),
            Limit::Pod(pod) => self.pod(pod),
        }
    }

    const fn pod(&mut self, pod: Pod) {
        let mut first = true;
        self.byte(b'{');
        self.text(&mut first, "level", pod.level);
        self.list(&mut first, "except", pod.except);
        self.list(&mut first, "capabilities", pod.capabilities);
        self.list(&mut first, "images", pod.images);
        if let Some(ports) = pod.ports {
            self.key(&mut first, "ports");
            self.byte(b'[');
            let mut i = 0;
            while i < ports.len() {
                if i > 0 {
                    self.byte(b',');
                }
                self.number(ports[i]);
                i += 1;
            }
            self.byte(b']');
        }
        self.text(&mut first, "cpu", pod.cpu);
        self.text(&mut first, "memory", pod.memory);
        if let Some(shared) = pod.shared {
            self.key(&mut first, "shared");
            self.raw(if shared { "true" } else { "false" });
        }
        self.byte(b'}');
    }

    const fn key(&mut self, first: &mut bool, name: &str) {
        self.member(!*first, name);
        *first = false;
    }

    const fn text(&mut self, first: &mut bool, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.key(first, name);
            self.string(text);
        }
    }

    const fn list(&mut self, first: &mut bool, name: &str, words: Option<&[&str]>) {
        if let Some(words) = words {
            self.key(first, name);
            self.strings(words);
        }
    }

    const fn strings(&mut self, words: &[&str]) {
        self.byte(b'[');
        let mut i = 0;
        while i < words.len() {
            if i > 0 {
                self.byte(b',');
            }
            self.string(words[i]);
            i += 1;
        }
        self.byte(b']');
    }

    const fn number(&mut self, number: u16) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.byte(b'0' + (number % 10) as u8);
    }

    const fn members(&mut self, name: &str, words: &[&str], known: &[&str]) {
        self.member(true, name);
        self.byte(b'[');
        let mut i = 0;
        while i < words.len() {
            assert!(
                is_one_of(known, words[i]),
                "there is no such word: see BUILD_FIELDS and PLACES of windlass_plugin_sdk::manifest"
            );
            if i > 0 {
                self.byte(b',');
            }
            self.string(words[i]);
            i += 1;
        }
        self.byte(b']');
    }

    const fn facts(&mut self, facts: &[(&str, &str)]) {
        self.member(true, "facts");
        self.byte(b'{');
        let mut i = 0;
        while i < facts.len() {
            self.member(i > 0, facts[i].0);
            self.string(facts[i].1);
            i += 1;
        }
        self.byte(b'}');
    }

    const fn schema(&mut self, schema: &Schema, description: &str) {
        match schema {
            Schema::Text => self.raw("{\"type\":\"string\""),
            Schema::Number => self.raw("{\"type\":\"integer\",\"minimum\":0"),
            Schema::Boolean => self.raw("{\"type\":\"boolean\""),
            Schema::List(items) => {
                self.raw("{\"type\":\"array\",\"items\":");
                self.schema(items, "");
            }
            Schema::Map(values) => {
                self.raw("{\"type\":\"object\",\"additionalProperties\":");
                self.schema(values, "");
            }
            Schema::Struct { fields, .. } => self.object(fields),
        }
        let own = match schema {
            Schema::Struct { description, .. } => *description,
            _ => "",
        };
        let description = if description.is_empty() { own } else { description };
        if !description.is_empty() {
            self.member(true, "description");
            self.string(description);
        }
        self.byte(b'}');
    }

    const fn object(&mut self, fields: &[Field]) {
        self.raw("{\"type\":\"object\",\"properties\":{");
        let mut i = 0;
        while i < fields.len() {
            self.member(i > 0, fields[i].name);
            self.schema(&fields[i].schema, fields[i].description);
            i += 1;
        }
        self.raw("},\"required\":[");
        let mut i = 0;
        let mut first = true;
        while i < fields.len() {
            if fields[i].required {
                if !first {
                    self.byte(b',');
                }
                self.string(fields[i].name);
                first = false;
            }
            i += 1;
        }
        self.raw("],\"additionalProperties\":false");
    }
}

impl Limit {
    /// Whether a power takes a limit of this form.
    const fn fits(&self, power: &str) -> bool {
        match self {
            Self::None => true,
            Self::All => is_one_of(&["environment-set"], power),
            Self::List(_) => {
                const LISTS: [&str; 7] =
                    ["containers", "secrets", "workspace-read", "workspace-write", "environment-set", "http", "results"];
                is_one_of(&LISTS, power)
            }
            Self::Pod(_) => is_one_of(&["pod"], power),
        }
    }
}

const fn is_one_of(known: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < known.len() {
        if same(name.as_bytes(), known[i].as_bytes()) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

//! Typed requests: what stands under `with` of the step that replaces a command.

use crate::text::Text;

/// The kind of step that a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `docker login`
    Login,
    /// `docker build`
    Build,
    /// `docker push`
    Push,
}

/// One command, or several pushes in a row, as a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Credentials for a registry.
    Login(Login),
    /// An image to build.
    Build(Box<Build>),
    /// Images to push.
    Push(Push),
}

/// `docker login`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The registry's host; Docker Hub if none.
    pub registry: Option<Text>,
    /// The user's name.
    pub username: Text,
    /// The variable that holds the password.
    pub password: String,
    /// What the shell makes of its value; nothing where it stands in quotes. A line end behind it does not count: one that the shell adds
    /// is taken off by `docker login`.
    pub handed: Option<Handed>,
}

/// What a shell makes of the value of a variable that stands without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// `echo $V`: its words, joined by single spaces.
    Words,
    /// `-p $V`: its one word.
    Word,
}

/// `docker build`, with the tags that later commands give the image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Build {
    /// Directory below the working directory, or a URL.
    pub context: Text,
    /// Path below the context.
    pub dockerfile: Option<Text>,
    /// The stage.
    pub target: Option<Text>,
    /// References of the image.
    pub tags: Vec<Text>,
    /// Values for `ARG`.
    pub build_args: Vec<(String, Text)>,
    /// Labels.
    pub labels: Vec<(String, Text)>,
    /// Id in the Dockerfile, and the variable that holds the secret.
    pub secrets: Vec<(String, String)>,
    /// Platforms.
    pub platforms: Vec<Text>,
    /// References to read the cache from.
    pub cache_from: Vec<Text>,
    /// Reference to write the cache to.
    pub cache_to: Option<Text>,
    /// `min` or `max`.
    pub cache_mode: Option<Text>,
    /// Seconds since 1970.
    pub source_date_epoch: Option<Text>,
    /// Flags that mean something to a docker client with a daemon that it did not start itself, such as `--no-cache`. A builder
    /// that starts empty behaves as if they were given.
    pub docker_flags: Vec<String>,
}

/// `docker push`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// What to push; everything that was built if empty.
    pub tags: Vec<Text>,
}

/// A value under `with`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Text.
    Text(Text),
    /// A whole number, perhaps in a variable.
    Number(Text),
    /// The name of a variable that holds a secret, and what becomes of its value.
    Secret(String, Option<Handed>),
    /// A list of texts.
    List(Vec<Text>),
    /// References of which an empty one may be left out: there is no cache yet.
    References(Vec<Text>),
    /// A map.
    Map(Vec<(String, Field)>),
}

impl Request {
    /// Which kind of step it is for.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Login(_) => Kind::Login,
            Self::Build(_) => Kind::Build,
            Self::Push(_) => Kind::Push,
        }
    }

    /// What stands under `with`, in the order in which people write it. Flags for docker alone are not part of it.
    pub fn with(&self) -> Vec<(String, Field)> {
        let mut fields = Fields::default();
        match self {
            Self::Login(login) => {
                fields.text("registry", login.registry.as_ref());
                fields.text("username", Some(&login.username));
                fields.add("password", Field::Secret(login.password.clone(), login.handed));
            }
            Self::Build(build) => build.with(&mut fields),
            Self::Push(push) => fields.list("tags", &push.tags),
        }
        fields.0
    }
}

impl Build {
    fn with(&self, fields: &mut Fields) {
        fields.text("context", Some(&self.context));
        fields.text("dockerfile", self.dockerfile.as_ref());
        fields.text("target", self.target.as_ref());
        fields.list("tags", &self.tags);
        fields.pairs("build_args", &self.build_args);
        fields.pairs("labels", &self.labels);
        let secrets = self.secrets.iter().map(|(id, name)| (id.clone(), Field::Secret(name.clone(), None)));
        fields.map("secrets", secrets.collect());
        fields.list("platforms", &self.platforms);
        let mut cache = Fields::default();
        cache.text("to", self.cache_to.as_ref());
        if !self.cache_from.is_empty() {
            cache.add("from", Field::References(self.cache_from.clone()));
        }
        cache.text("mode", self.cache_mode.as_ref());
        fields.map("cache", cache.0);
        if let Some(seconds) = &self.source_date_epoch {
            fields.add("source_date_epoch", Field::Number(seconds.clone()));
        }
    }
}

#[derive(Default)]
struct Fields(Vec<(String, Field)>);

impl Fields {
    fn add(&mut self, name: &str, field: Field) {
        self.0.push((name.to_owned(), field));
    }

    fn text(&mut self, name: &str, text: Option<&Text>) {
        if let Some(text) = text {
            self.add(name, Field::Text(text.clone()));
        }
    }

    fn list(&mut self, name: &str, texts: &[Text]) {
        if !texts.is_empty() {
            self.add(name, Field::List(texts.to_vec()));
        }
    }

    fn pairs(&mut self, name: &str, pairs: &[(String, Text)]) {
        self.map(name, pairs.iter().map(|(key, value)| (key.clone(), Field::Text(value.clone()))).collect());
    }

    fn map(&mut self, name: &str, pairs: Vec<(String, Field)>) {
        if !pairs.is_empty() {
            self.add(name, Field::Map(pairs));
        }
    }
}

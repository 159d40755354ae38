//! The limits that a plugin sets to its own powers, as [`plugin!`](crate::plugin!) writes them behind `only`.

/// How much of a power a plugin asks for.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// No limit is set.
    None,
    /// `all`: of `environment-set`, also the variables that are kept for the task.
    All,
    /// Names or patterns: containers, secrets, files, variables.
    List(&'static [&'static str]),
    /// What it brings to the pod.
    Pod(Pod),
}

/// How much of a pod a plugin may bring. What is not set has no limit but the level's own: `baseline`, without exceptions.
#[derive(Debug, Clone, Copy)]
pub struct Pod {
    pub(super) level: Option<&'static str>,
    pub(super) except: Option<&'static [&'static str]>,
    pub(super) capabilities: Option<&'static [&'static str]>,
    pub(super) images: Option<&'static [&'static str]>,
    pub(super) ports: Option<&'static [u16]>,
    pub(super) cpu: Option<&'static str>,
    pub(super) memory: Option<&'static str>,
    pub(super) shared: Option<bool>,
}

impl Pod {
    /// No limit is set.
    pub const ANY: Self =
        Self { level: None, except: None, capabilities: None, images: None, ports: None, cpu: None, memory: None, shared: None };

    /// The highest Pod Security level that a container needs: `restricted`, `baseline` or `privileged`.
    #[must_use]
    pub const fn level(mut self, level: &'static str) -> Self {
        self.level = Some(level);
        self
    }

    /// What a container has beyond that level: `seccomp-unconfined`, `apparmor-unconfined`.
    #[must_use]
    pub const fn except(mut self, exceptions: &'static [&'static str]) -> Self {
        self.except = Some(exceptions);
        self
    }

    /// The capabilities that a container adds.
    #[must_use]
    pub const fn capabilities(mut self, capabilities: &'static [&'static str]) -> Self {
        self.capabilities = Some(capabilities);
        self
    }

    /// The images that a container starts from, as patterns.
    #[must_use]
    pub const fn images(mut self, images: &'static [&'static str]) -> Self {
        self.images = Some(images);
        self
    }

    /// The ports that a container listens on.
    #[must_use]
    pub const fn ports(mut self, ports: &'static [u16]) -> Self {
        self.ports = Some(ports);
        self
    }

    /// The most processor time of one container, such as `2` or `0.5`.
    #[must_use]
    pub const fn cpu(mut self, cpu: &'static str) -> Self {
        self.cpu = Some(cpu);
        self
    }

    /// The most memory of one container, such as `4G`.
    #[must_use]
    pub const fn memory(mut self, memory: &'static str) -> Self {
        self.memory = Some(memory);
        self
    }

    /// Whether a container mounts the task's own volume somewhere.
    #[must_use]
    pub const fn shared(mut self, shared: bool) -> Self {
        self.shared = Some(shared);
        self
    }
}

/// What stands behind `only`: a list, `"all"`, a list by the name of a constant in parentheses, or limits of a pod.
#[doc(hidden)]
#[macro_export]
macro_rules! limit {
    () => { $crate::manifest::Limit::None };
    ("all") => { $crate::manifest::Limit::All };
    ([ $($word:expr),* $(,)? ]) => { $crate::manifest::Limit::List(&[$($word),*]) };
    (( $list:expr )) => { $crate::manifest::Limit::List($list) };
    ({ $($key:ident : $value:tt),* $(,)? }) => {
        $crate::manifest::Limit::Pod($crate::manifest::Pod::ANY$(.$key($crate::limit!(@value $value)))*)
    };
    (@value [ $($item:expr),* $(,)? ]) => { &[$($item),*] };
    (@value ( $value:expr )) => { $value };
    (@value $value:literal) => { $value };
}

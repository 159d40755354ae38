//! The command that a person would type again, for advice on its options.

use windlass_model::task::Action;

use super::{Project, files};

impl Project {
    /// `windlass run`, or `windlass plugin run PLUGIN` for the one step that this command wrote.
    pub fn run_command(&self) -> String {
        let steps = self.configuration.tasks.iter().flat_map(|task| &task.steps);
        let mut plugins = steps.filter_map(|step| if let Action::Plugin { uses, .. } = &step.action { Some(uses) } else { None });
        match plugins.next().filter(|_| self.source.name == files::WRITTEN) {
            None => "windlass run".to_owned(),
            Some(plugin) => {
                let plugin = plugin.to_string();
                let quoted = shlex::try_quote(&plugin).map_or(plugin.clone(), std::borrow::Cow::into_owned);
                format!("windlass plugin run {quoted}")
            }
        }
    }
}

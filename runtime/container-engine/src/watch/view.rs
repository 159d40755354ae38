//! What a watcher has been told of a pod, and what it is told next. Pure.

use std::collections::{BTreeMap, HashMap};

use bollard::models::EventMessage;
use windlass_engine::ports::driver::{ContainerEnd, PodEvent};

use crate::ends::{self, Condition};
use crate::names;

/// How much of a container was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Made,
    Running,
    Ended,
    Removed,
}

/// What was told of each container of a pod.
#[derive(Debug, Default)]
pub(super) struct View {
    containers: BTreeMap<String, Told>,
    /// Ends that the engine announced. They serve when a container is removed before it can be looked at.
    announced: HashMap<String, ContainerEnd>,
}

impl View {
    /// Whether the pod ever had a container.
    pub(super) fn has_seen_any(&self) -> bool {
        !self.containers.is_empty()
    }

    /// Keeps what events say that a look may come too late for.
    pub(super) fn heard(&mut self, events: &[EventMessage]) {
        for event in events {
            let attributes = event.actor.as_ref().and_then(|a| a.attributes.as_ref());
            let of = |key: &str| attributes.and_then(|a| a.get(key));
            let (Some("die"), Some(name)) = (event.action.as_deref(), of(names::CONTAINER)) else { continue };
            if let Some(code) = of("exitCode").and_then(|code| code.parse().ok()) {
                self.announced.insert(name.clone(), ends::end(code, false, None));
            }
        }
    }

    /// Takes what a look found; what is to be told, in order. `deleting` says that we take the pod away ourselves.
    pub(super) fn update(&mut self, seen: HashMap<String, Condition>, deleting: bool) -> Vec<PodEvent> {
        let mut news = Vec::new();
        let removed: Vec<_> = self.containers.keys().filter(|name| !seen.contains_key(*name)).cloned().collect();
        for (name, condition) in seen.into_iter().collect::<BTreeMap<_, _>>() {
            let told = self.containers.entry(name.clone()).or_insert(Told::Made);
            match condition {
                Condition::Waiting => {}
                Condition::Running if *told < Told::Running => {
                    *told = Told::Running;
                    news.push(PodEvent::Running { container: name });
                }
                Condition::Running => {}
                Condition::Ended(end) if *told < Told::Ended => {
                    *told = Told::Ended;
                    news.push(PodEvent::Ended { container: name, end });
                }
                Condition::Ended(_) => {}
            }
        }
        for name in removed {
            let Some(told) = self.containers.insert(name.clone(), Told::Removed).filter(|t| *t < Told::Removed) else { continue };
            if let Some(end) = self.announced.remove(&name).filter(|_| told < Told::Ended) {
                news.push(PodEvent::Ended { container: name.clone(), end });
            }
            if !deleting {
                news.push(PodEvent::Lost {
                    message: format!("container {name} was removed from the engine by somebody else"),
                    help: Some(
                        "find out who removes containers on this machine (a clean-up job, `docker system prune`), then run again"
                            .into(),
                    ),
                });
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::EventActor;

    fn seen(conditions: &[(&str, Condition)]) -> HashMap<String, Condition> {
        conditions.iter().map(|(name, condition)| ((*name).to_owned(), condition.clone())).collect()
    }

    #[test]
    fn each_change_is_told_once() {
        let mut view = View::default();
        let running = PodEvent::Running { container: "main".into() };
        let end = ContainerEnd::Exited(3);
        let ended = PodEvent::Ended { container: "main".into(), end: end.clone() };
        assert_eq!(view.update(seen(&[("main", Condition::Waiting)]), false), []);
        assert_eq!(view.update(seen(&[("main", Condition::Running)]), false), [running]);
        assert_eq!(view.update(seen(&[("main", Condition::Running)]), false), []);
        assert_eq!(view.update(seen(&[("main", Condition::Ended(end.clone()))]), false), [ended]);
        assert_eq!(view.update(seen(&[("main", Condition::Ended(end))]), false), []);
    }

    #[test]
    fn a_removed_container_is_lost_with_the_end_that_was_announced() {
        let mut view = View::default();
        view.update(seen(&[("main", Condition::Running)]), false);
        let attributes = [(names::CONTAINER, "main"), ("exitCode", "137")];
        let attributes = attributes.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let actor = EventActor { id: None, attributes: Some(attributes) };
        view.heard(&[EventMessage { action: Some("die".into()), actor: Some(actor), ..EventMessage::default() }]);
        let news = view.update(HashMap::new(), false);
        assert_eq!(news.first(), Some(&PodEvent::Ended { container: "main".into(), end: ContainerEnd::Signalled(9) }));
        assert!(matches!(news.get(1), Some(PodEvent::Lost { .. })), "{news:?}");
        assert_eq!(view.update(HashMap::new(), false), [], "told once");
    }

    #[test]
    fn what_we_delete_ourselves_is_not_lost() {
        let mut view = View::default();
        view.update(seen(&[("main", Condition::Running)]), false);
        assert_eq!(view.update(HashMap::new(), true), []);
    }
}

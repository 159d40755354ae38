//! How a container's agent is told to supervise it: the arguments of its program, which every driver passes alike.

use crate::pod::{ContainerPlan, MAIN, PodPlan};

impl PodPlan {
    /// Ports of its network that lead to other ports of it: what `HOST:CONTAINER` means where all containers share one network.
    pub fn forwards(&self) -> Vec<(u16, u16)> {
        let ports = self.containers.iter().flat_map(|container| &container.ports);
        ports.filter_map(|port| Some((port.host?, port.container))).filter(|(host, container)| host != container).collect()
    }

    /// How the agent of its main container, or of another, is told to supervise: the arguments of its program.
    pub fn supervision(&self, container: &ContainerPlan) -> Vec<String> {
        let mut arguments = vec!["supervise".to_owned(), "--deadline".to_owned(), self.deadline_seconds.to_string()];
        // Once for the whole pod.
        if container.name == MAIN {
            let forwards = self.forwards().into_iter().flat_map(|(from, to)| ["--forward".to_owned(), format!("{from}:{to}")]);
            arguments.extend(forwards);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::image::ImageReference;
    use crate::pod::{Process, PullPolicy, Security};
    use crate::pod_fields::PodFields;
    use crate::quantity::{MebiBytes, MilliCpu, Resources};
    use crate::task::{Architecture, Port};

    fn container(name: &str, ports: Vec<Port>) -> ContainerPlan {
        ContainerPlan {
            name: name.to_owned(),
            image: ImageReference::parse("busybox").unwrap_or_else(|error| panic!("{error}")),
            process: Process::Supervised,
            env: Vec::new(),
            resources: Resources { cpu: MilliCpu(100), memory: MebiBytes(64), greedy: false },
            security: Security::default(),
            ports,
            mounts: Vec::new(),
            files: BTreeMap::new(),
            readiness: Vec::new(),
            brought_by: None,
        }
    }

    /// A port was mapped to the node's, where no step looks for it.
    #[test]
    fn the_main_agent_alone_leads_one_port_to_another() {
        let port = |host, container| Port { host, container };
        let pod = PodPlan {
            name: "p".into(),
            run: "r".into(),
            task: "t".into(),
            containers: vec![
                container(MAIN, Vec::new()),
                container("one", vec![port(Some(8081), 80), port(Some(443), 443), port(None, 22)]),
            ],
            volumes: Vec::new(),
            registries: Vec::new(),
            host_aliases: Vec::new(),
            pull_policy: PullPolicy::IfNotPresent,
            registry_secret: None,
            secrets: Vec::new(),
            architecture: Architecture::default(),
            node_selector_terms: Vec::new(),
            fields: PodFields::default(),
            deadline_seconds: 60,
        };
        assert_eq!(pod.supervision(&pod.containers[0]).join(" "), "supervise --deadline 60 --forward 8081:80");
        assert_eq!(pod.supervision(&pod.containers[1]).join(" "), "supervise --deadline 60");
    }
}

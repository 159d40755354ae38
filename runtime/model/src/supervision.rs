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

    use super::*;
    use crate::image::ImageReference;
    use crate::pod::Process;
    use crate::quantity::{MebiBytes, MilliCpu, Resources};
    use crate::task::Port;

    fn container(name: &str, ports: Vec<Port>) -> ContainerPlan {
        ContainerPlan {
            ports,
            ..ContainerPlan::new(
                name,
                ImageReference::parse("busybox").unwrap_or_else(|error| panic!("{error}")),
                Process::Supervised,
                Resources { cpu: MilliCpu(100), memory: MebiBytes(64), greedy: false },
            )
        }
    }

    /// A port was mapped to the node's, where no step looks for it.
    #[test]
    fn the_main_agent_alone_leads_one_port_to_another() {
        let port = |host, container| Port { host, container };
        let pod = PodPlan::new(
            "p",
            "r",
            "t",
            vec![container(MAIN, Vec::new()), container("one", vec![port(Some(8081), 80), port(Some(443), 443), port(None, 22)])],
            60,
        );
        assert_eq!(pod.supervision(&pod.containers[0]).join(" "), "supervise --deadline 60 --forward 8081:80");
        assert_eq!(pod.supervision(&pod.containers[1]).join(" "), "supervise --deadline 60");
    }
}

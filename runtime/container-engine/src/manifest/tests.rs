use std::collections::BTreeMap;

use secrecy::SecretSlice;
use windlass_model::image::ImageReference;
use windlass_model::pod::{Mount, PullPolicy, Volume};
use windlass_model::pod_fields::PodFields;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::{EnvVar, SecretName};
use windlass_model::task::Architecture;

use super::*;
use crate::engine::Flavour;

type Tested = Result<(), Box<dyn std::error::Error>>;

fn stamp(now: u64) -> Stamp {
    Stamp { now, mark: "mark".into() }
}

fn facts() -> Facts {
    Facts {
        flavour: Flavour::Docker,
        version: "28.0.0".into(),
        api_version: "1.48".into(),
        storage_driver: "overlay2".into(),
        cgroup_version: Some(2),
        rootless: false,
        cpus: Some(4),
        memory: Some(8 << 30),
        cpu_limit: true,
        memory_limit: true,
        swap_limit: true,
        memory_volumes: true,
        architecture: "amd64".into(),
    }
}

fn plan(name: &str, process: Process) -> Result<ContainerPlan, windlass_model::image::InvalidImage> {
    Ok(ContainerPlan {
        name: name.into(),
        image: ImageReference::parse("docker:dind")?,
        process,
        env: vec![EnvVar::text("A", "$(B) = c")],
        resources: Resources { cpu: MilliCpu(1500), memory: MebiBytes(512), greedy: false },
        security: Security::default(),
        ports: Vec::new(),
        mounts: vec![Mount { volume: "work".into(), path: "/tmp".into(), read_only: true }],
        files: BTreeMap::new(),
        readiness: Vec::new(),
        brought_by: None,
    })
}

fn pod() -> Result<PodPlan, Box<dyn std::error::Error>> {
    Ok(PodPlan {
        name: "pod".into(),
        run: "run".into(),
        task: "Build, \"fast\"".into(),
        containers: vec![plan("main", Process::Supervised)?, plan("side", Process::Image { args: Some(vec!["x".into()]) })?],
        volumes: vec![Volume { name: "work".into(), in_memory: false }, Volume { name: "fast".into(), in_memory: true }],
        registries: Vec::new(),
        host_aliases: vec![HostAlias { ip: "10.0.0.1".into(), hostnames: vec!["a".into(), "b".into()] }],
        pull_policy: PullPolicy::IfNotPresent,
        registry_secret: None,
        secrets: vec![SecretName::new("KEY")?],
        architecture: Architecture::Amd64,
        node_selector_terms: Vec::new(),
        fields: PodFields::default(),
        deadline_seconds: 60,
    })
}

fn secrets() -> Result<SecretValues, Box<dyn std::error::Error>> {
    Ok(BTreeMap::from([(SecretName::new("KEY")?, SecretSlice::from(b"hush".to_vec()))]))
}

fn made(pod: &PodPlan, index: usize, facts: &Facts) -> Result<(ContainerCreateBody, HostConfig), Box<dyn std::error::Error>> {
    let plan = pod.containers.get(index).ok_or("no such container")?;
    let mut body = container(pod, plan, facts, &secrets()?, &stamp(1000))?;
    let host = body.host_config.take().ok_or("no host configuration")?;
    Ok((body, host))
}

#[test]
fn the_main_container_owns_the_network_and_has_no_secret() -> Tested {
    let (body, host) = made(&pod()?, 0, &facts())?;
    assert_eq!(body.image.as_deref(), Some("docker.io/library/docker:dind"));
    assert_eq!(body.entrypoint, Some(vec!["/windlass/bin/agent".to_owned()]));
    assert_eq!(body.cmd.unwrap_or_default().join(" "), "supervise --deadline 60");
    assert_eq!(body.open_stdin, None, "nothing is handed to it but over its agent's sealed stream");
    assert_eq!(body.env, Some(vec!["A=$(B) = c".to_owned()]), "no secret is in it");
    assert_eq!(host.extra_hosts, Some(vec!["a:10.0.0.1".to_owned(), "b:10.0.0.1".to_owned()]));
    assert_eq!((host.network_mode, host.port_bindings), (None, None));
    let binds = [
        "pod.work:/tmp:ro,z,nocopy",
        "pod.windlass.bin:/windlass/bin:ro,z,nocopy",
        "pod.windlass.spool.main:/windlass/spool:z,nocopy",
    ];
    assert_eq!(host.binds, Some(binds.map(str::to_owned).to_vec()));
    let options = host.tmpfs.unwrap_or_default().remove("/windlass/run").unwrap_or_default();
    assert!(options.split(',').any(|option| option == "exec"), "programs of steps run there: {options}");
    let labels = body.labels.unwrap_or_default();
    let label = |name: &str| labels.get(name).map(String::as_str);
    assert_eq!((label(names::TASK), label(names::DEADLINE)), (Some("Build, \"fast\""), Some("1060")));
    Ok(())
}

#[test]
fn a_sidecar_keeps_its_entrypoint_and_joins_the_main_ones_network() -> Tested {
    let (body, host) = made(&pod()?, 1, &facts())?;
    assert_eq!((body.entrypoint, body.cmd), (None, Some(vec!["x".to_owned()])));
    assert_eq!(host.network_mode.as_deref(), Some("container:pod.main"));
    assert_eq!((body.hostname, host.extra_hosts, host.tmpfs), (None, None, None));
    Ok(())
}

#[test]
fn limits_are_those_that_the_engine_can_hold() -> Tested {
    let mut pod = pod()?;
    let (_, host) = made(&pod, 0, &facts())?;
    let bytes = Some(512 << 20);
    assert_eq!((host.nano_cpus, host.memory, host.memory_swap), (Some(1_500_000_000), bytes, bytes));
    assert_eq!(host.cpu_shares, Some(1536));

    let without = Facts { cpu_limit: false, memory_limit: false, ..facts() };
    let (_, host) = made(&pod, 0, &without)?;
    assert_eq!((host.nano_cpus, host.memory, host.memory_swap), (None, None, None));

    for c in &mut pod.containers {
        c.resources.cpu = MilliCpu(5000);
        assert_eq!(
            unavailable(c.resources, &facts()).as_deref(),
            Some("asks for 5 processors and 512Mi of memory; the engine has 4 processors")
        );
    }
    let (_, host) = made(&pod, 0, &facts())?;
    assert_eq!(host.nano_cpus, None, "Docker refuses a limit beyond the machine");
    Ok(())
}

#[test]
fn security_is_said_in_the_engines_words() -> Tested {
    let mut pod = pod()?;
    for c in &mut pod.containers {
        c.security = Security {
            run_as_user: Some(1000),
            add_capabilities: vec!["SETUID".into()],
            drop_capabilities: vec!["ALL".into()],
            seccomp_unconfined: true,
            apparmor_unconfined: true,
            allow_privilege_escalation: Some(false),
            read_only_root: true,
            privileged: false,
            // Settings say these of clusters alone. An engine filters unless it is told not to.
            run_as_non_root: false,
            seccomp_default: false,
        };
    }
    let (body, host) = made(&pod, 0, &facts())?;
    assert_eq!(body.user.as_deref(), Some("1000"));
    assert_eq!(host.security_opt.unwrap_or_default(), ["seccomp=unconfined", "apparmor=unconfined", "no-new-privileges"]);
    assert_eq!(
        (host.cap_add.unwrap_or_default(), host.cap_drop.unwrap_or_default()),
        (vec!["SETUID".into()], vec!["ALL".into()])
    );
    assert_eq!((host.readonly_rootfs, host.privileged), (Some(true), Some(false)));
    Ok(())
}

#[test]
fn memory_volumes_lie_on_disk_where_the_engine_has_none() -> Tested {
    let pod = pod()?;
    let tmpfs = |facts: &Facts| {
        let in_memory = volumes(&pod, facts, &stamp(0)).into_iter().filter(|v| v.driver_opts.is_some());
        in_memory.filter_map(|v| v.name).collect::<Vec<_>>()
    };
    assert_eq!(tmpfs(&facts()), ["pod.fast"]);
    assert_eq!(loaded(&pod, &facts()).len(), 3, "agent, spool and work");
    let rootless = Facts { memory_volumes: false, ..facts() };
    assert_eq!(tmpfs(&rootless), Vec::<String>::new());
    assert_eq!(loaded(&pod, &rootless).len(), 4, "the other one is opened to all users too");
    Ok(())
}

#[test]
fn a_directory_of_files_is_a_volume_that_every_container_with_it_mounts() -> Tested {
    let mut pod = pod()?;
    let path = "/etc/docker/certs.d/registry.corp:5000";
    for c in &mut pod.containers {
        c.files.insert(path.into(), [("ca.crt".to_owned(), "PEM".to_owned())].into());
    }
    assert!(volumes(&pod, &facts(), &stamp(0)).iter().any(|v| v.name.as_deref() == Some("pod.windlass.files.0")));
    let filled: Vec<_> = loaded(&pod, &facts()).into_iter().filter(|v| matches!(v.content, Content::Files(_))).collect();
    assert_eq!(filled.len(), 1, "one for both containers: {filled:?}");
    for index in [0, 1] {
        let (_, host) = made(&pod, index, &facts())?;
        let mounts = host.mounts.unwrap_or_default();
        let [mount] = mounts.as_slice() else { return Err(format!("{mounts:?}").into()) };
        assert_eq!((mount.source.as_deref(), mount.target.as_deref()), (Some("pod.windlass.files.0"), Some(path)));
        assert_eq!(mount.read_only, Some(true));
    }
    Ok(())
}

#[test]
fn a_secret_never_stands_in_a_supervised_environment() -> Tested {
    let mut pod = pod()?;
    for c in &mut pod.containers {
        c.env = vec![EnvVar { name: "K".into(), value: EnvValue::Secret(SecretName::new("KEY")?) }];
    }
    assert!(matches!(made(&pod, 0, &facts()), Err(e) if e.to_string().contains("is supervised")));
    let (body, _) = made(&pod, 1, &facts())?;
    assert_eq!(body.env, Some(vec!["K=hush".to_owned()]));
    Ok(())
}

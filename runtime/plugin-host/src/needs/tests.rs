use super::*;

fn builder() -> types::ContainerRequirement {
    types::ContainerRequirement {
        name: "builder".into(),
        image: "corp.io/builder:1".into(),
        process: types::FirstProcess::Supervised,
        env: vec![("A".into(), "b".into())],
        resources: types::Resources { milli_cpu: 1, memory_mib: 1 },
        security: types::Security {
            privileged: false,
            run_as_user: None,
            add_capabilities: vec!["CHOWN".into()],
            drop_capabilities: vec!["ALL".into()],
            seccomp_unconfined: false,
            apparmor_unconfined: false,
            allow_privilege_escalation: None,
            read_only_root: false,
        },
        ports: vec![80],
        mounts: vec![
            types::Mount { volume: "state".into(), path: "/state".into(), read_only: false },
            types::Mount { volume: "shared".into(), path: "/context".into(), read_only: true },
        ],
        unless_port: vec![81],
    }
}

fn needs() -> types::Needs {
    types::Needs {
        containers: vec![builder()],
        volumes: vec![types::VolumeRequirement { name: "state".into(), in_memory: true }],
        env: vec![("DOCKER_HOST".into(), "tcp://localhost:80".into())],
        secrets: vec!["TOKEN".into()],
    }
}

#[test]
fn an_answer_that_makes_sense_is_taken_as_it_is() {
    let taken = requirements(needs()).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(taken.containers.len(), 1);
    assert_eq!(taken.containers.first().map(|required| required.container.mounts.len()), Some(2));
    assert_eq!((taken.volumes.len(), taken.env.len(), taken.secrets.len()), (1, 1, 1));
}

/// What an answer may not be, and the field that is named.
type Row = (&'static str, fn(&mut types::Needs));

fn first(needs: &mut types::Needs) -> &mut types::ContainerRequirement {
    needs.containers.first_mut().unwrap_or_else(|| panic!("there is one"))
}

fn mount(needs: &mut types::Needs, volume: &str, path: &str) {
    let mounts = &mut first(needs).mounts;
    mounts.truncate(1);
    mounts.push(types::Mount { volume: volume.into(), path: path.into(), read_only: false });
}

/// The first of these gave a plugin without any power every secret of the task: its container mounted windlass' own volume.
#[test]
fn every_field_that_makes_no_sense_is_refused_by_its_name() {
    let rows: &[Row] = &[
        ("containers[0].mounts[1].volume", |n| mount(n, "windlass-secret", "/s")),
        ("containers[0].mounts[1].volume", |n| mount(n, "windlass-run-0", "/s")),
        ("containers[0].mounts[1].volume", |n| mount(n, "windlass-agent", "/s")),
        ("containers[0].mounts[1].volume", |n| mount(n, "other", "/s")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/windlass/bin")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/windlass")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/etc")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/etc/docker/certs.d/gcr.io")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/proc/1")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/a/../windlass")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "//windlass")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "relative")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/a:/windlass")),
        ("containers[0].mounts[1].path", |n| mount(n, "state", "/a\nb")),
        ("containers[0].mounts[1]", |n| mount(n, "state", "/state")),
        ("containers[0].name", |n| first(n).name = "windlass-x".into()),
        ("containers[0].name", |n| first(n).name = "main".into()),
        ("containers[0].name", |n| first(n).name = "own".into()),
        ("containers[0].name", |n| first(n).name = "Upper".into()),
        ("containers[0].name", |n| first(n).name = "x".repeat(64)),
        ("containers[1]", |n| n.containers.push(builder())),
        ("containers", |n| n.containers = vec![builder(); 65]),
        ("containers[0].image", |n| first(n).image = "Not An Image".into()),
        ("containers[0].env[0]", |n| first(n).env = vec![("A=B".into(), String::new())]),
        ("containers[0].env[0]", |n| first(n).env = vec![("A".into(), "\0".into())]),
        ("containers[0].env[0]", |n| first(n).env = vec![("A".into(), "x".repeat((128 << 10) + 1))]),
        ("containers[0].env", |n| first(n).env = vec![("A".into(), "x".repeat(100 << 10)); 11]),
        ("containers[0].env", |n| first(n).env = vec![("A".into(), String::new()); 1025]),
        ("containers[0].process[0]", |n| first(n).process = types::FirstProcess::Image(Some(vec!["\0".into()]))),
        ("containers[0].process", |n| first(n).process = types::FirstProcess::Image(Some(vec!["x".repeat(100 << 10); 11]))),
        ("containers[0].resources.memory-mib", |n| first(n).resources.memory_mib = 0),
        ("containers[0].resources.milli-cpu", |n| first(n).resources.milli_cpu = 0),
        ("containers[0].security.add-capabilities[0]", |n| first(n).security.add_capabilities = vec!["CAP_CHOWN".into()]),
        ("containers[0].security.add-capabilities[0]", |n| first(n).security.add_capabilities = vec!["sys_admin".into()]),
        ("containers[0].security.drop-capabilities[0]", |n| first(n).security.drop_capabilities = vec![String::new()]),
        ("containers[0].ports[0]", |n| first(n).ports = vec![0]),
        ("containers[0].ports", |n| first(n).ports = vec![1; 65]),
        ("containers[0].unless-port[0]", |n| first(n).unless_port = vec![0]),
        ("volumes[0].name", |n| n.volumes = vec![types::VolumeRequirement { name: "windlass-secret".into(), in_memory: true }]),
        ("volumes[0].name", |n| n.volumes = vec![types::VolumeRequirement { name: "shared".into(), in_memory: true }]),
        ("volumes[1]", |n| n.volumes.push(types::VolumeRequirement { name: "state".into(), in_memory: false })),
        ("env[0]", |n| n.env = vec![(String::new(), String::new())]),
        ("env[0]", |n| n.env = vec![("A\n".into(), String::new())]),
        ("secrets[0]", |n| n.secrets = vec!["a=b".into()]),
        ("secrets", |n| n.secrets = vec!["A".into(); 1025]),
    ];
    for (i, (field, change)) in rows.iter().enumerate() {
        let mut needs = needs();
        change(&mut needs);
        match requirements(needs) {
            Err(refusal) => assert_eq!(refusal.field, *field, "row {i}: {}", refusal.reason),
            Ok(taken) => panic!("row {i}, {field}: it was taken: {taken:?}"),
        }
    }
}

//! Pods that are made by hand, equal to those of windlass but for windlass.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::process::run;
use crate::world::World;

/// Where a pod has the directory of this machine that it was given.
pub const DIRECTORY: &str = "/bench";

/// A pod that runs one command to its end.
pub struct Pod(Value);

impl Pod {
    /// A container of `image`.
    pub fn of(image: &str) -> Self {
        let container = json!({"name": "main", "image": image, "imagePullPolicy": "IfNotPresent"});
        Self(json!({"spec": {"containers": [container], "restartPolicy": "Never", "automountServiceAccountToken": false}}))
    }

    /// The pod of a plan's only task, without agent and secrets, and of its containers only those named.
    ///
    /// # Errors
    /// When the plan is not of such a form.
    pub fn of_plan(plan: &Value, containers: &[&str]) -> Result<Self> {
        let objects = plan["tasks"][0]["objects"].as_array().context("the plan has no objects")?;
        let pod = objects.iter().find(|object| object["kind"] == "Pod").context("the plan has no pod")?;
        let mut spec = pod["spec"].clone();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let volumes: Vec<Value> = list(&spec["volumes"]).into_iter().filter(|v| !v["emptyDir"].is_null()).collect();
        let kept = |mount: &Value| volumes.iter().any(|volume| volume["name"] == mount["name"]);
        let mut chosen: Vec<Value> =
            list(&spec["containers"]).into_iter().filter(|c| containers.iter().any(|name| c["name"] == *name)).collect();
        for container in &mut chosen {
            container["volumeMounts"] = list(&container["volumeMounts"]).into_iter().filter(kept).collect();
        }
        spec["containers"] = json!(chosen);
        spec["volumes"] = json!(volumes);
        Ok(Self(json!({"spec": spec})))
    }

    /// Runs this command as the first container's first process, with a directory of this machine at [`DIRECTORY`].
    pub fn runs(mut self, command: &[&str], directory: &Path) -> Self {
        let spec = &mut self.0["spec"];
        let push = |list: &mut Value, entry: Value| match list.as_array_mut() {
            Some(list) => list.push(entry),
            None => *list = json!([entry]),
        };
        push(&mut spec["volumes"], json!({"name": "bench", "hostPath": {"path": directory}}));
        push(&mut spec["volumes"], json!({"name": "out", "emptyDir": {}}));
        let container = &mut spec["containers"][0];
        push(&mut container["volumeMounts"], json!({"name": "bench", "mountPath": DIRECTORY}));
        push(&mut container["volumeMounts"], json!({"name": "out", "mountPath": "/out"}));
        container["command"] = json!(command);
        if let Some(container) = container.as_object_mut() {
            container.remove("args");
        }
        self
    }

    /// Runs it to its end and deletes it. Gives what its first container wrote.
    ///
    /// # Errors
    /// When it cannot be made, or fails.
    pub fn output(mut self, world: &World) -> Result<String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bench-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        self.0["apiVersion"] = json!("v1");
        self.0["kind"] = json!("Pod");
        self.0["metadata"] = json!({"name": name});
        create(world.kubectl(&["create", "-f", "-"]), &self.0)?;
        let first = self.0["spec"]["containers"][0]["name"].as_str().unwrap_or("main").to_owned();
        let ended = ended(world, &name, &first);
        let _ = run(world.kubectl(&["delete", "pod", &name, "--now"]))?;
        ended
    }
}

/// `kubectl create`.
///
/// # Errors
/// When it fails.
pub fn create(mut command: Command, object: &Value) -> Result<()> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    child.stdin.take().context("a pipe")?.write_all(object.to_string().as_bytes())?;
    let status = child.wait()?;
    if status.success() { Ok(()) } else { bail!("kubectl create: {status}") }
}

fn ended(world: &World, name: &str, container: &str) -> Result<String> {
    let state = format!("jsonpath={{.status.containerStatuses[?(@.name==\"{container}\")].state.terminated.exitCode}}");
    run(world.kubectl(&["wait", &format!("pod/{name}"), &format!("--for={state}"), "--timeout=120s"]))?;
    let lines = |arguments: &[&str]| -> Result<String> {
        let ran = run(world.kubectl(arguments))?;
        Ok(ran.lines.into_iter().map(|(_, line)| line + "\n").collect())
    };
    let output = lines(&["logs", name, "--container", container])?;
    let code = lines(&["get", "pod", name, &format!("--output={state}")])?;
    if code.trim() == "0" { Ok(output) } else { bail!("the command in pod {name} exited with code {}\n{output}", code.trim()) }
}

/// What `timed` wrote at the end.
///
/// # Errors
/// When it did not.
pub fn seconds(output: &str) -> Result<f64> {
    let written = output.lines().rev().find_map(|line| line.strip_prefix("timed-seconds: "));
    written.and_then(|text| text.parse().ok()).with_context(|| format!("no time in {output}"))
}

/// Where a pod of [`with_memory`] has a directory in memory.
pub const MEMORY: &str = "/memory";

/// Has a pod with a directory in memory, and deletes it.
///
/// # Errors
/// When it does not come up, and those of `work`.
pub fn with_memory(world: &World, name: &str, work: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    let pod = format!("{name}-{}", std::process::id());
    let container = json!({
        "name": "main", "image": world.image, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "1800"],
        "volumeMounts": [{"name": "memory", "mountPath": MEMORY}],
    });
    let volume = json!({"name": "memory", "emptyDir": {"medium": "Memory"}});
    let spec = json!({"containers": [container], "volumes": [volume], "restartPolicy": "Never"});
    create(
        world.kubectl(&["create", "-f", "-"]),
        &json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod}, "spec": spec}),
    )?;
    let ready = run(world.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", &format!("pod/{pod}")]));
    let result = ready.and_then(|_| work(&pod));
    run(world.kubectl(&["delete", "pod", &pod, "--grace-period=0", "--force"]))?;
    result
}

//! The floor that `make bench` holds windlass against: what one would write by hand over the kube crate to run a command in a
//! pod. Creates a pod, waits until it runs, runs `echo` in it by exec, and deletes it. The pod is as anyone writes it, so its
//! service account's token is mounted: a kubelet takes 300 ms longer for a pod with any volume at all, however small.
//!
//! usage: floor NAMESPACE IMAGE [BYTES]
//!
//! With BYTES it then reads a log of that length, again by exec; without, it measures what an exec costs.

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, AttachParams, DeleteParams, PostParams};
use kube::runtime::{conditions, wait::await_condition};
use tokio::io::AsyncReadExt as _;

/// How often the cost of an exec is measured.
const EXECS: usize = 11;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(namespace), Some(image)) = (arguments.next(), arguments.next()) else {
        return Err("usage: floor NAMESPACE IMAGE [BYTES]".into());
    };
    let bytes = arguments.next().map(|bytes| bytes.parse::<u64>()).transpose()?;
    let pods: Api<Pod> = Api::namespaced(kube::Client::try_default().await?, &namespace);
    let name = format!("bench-floor-{}", std::process::id());
    let pod = serde_json::from_value(serde_json::json!({
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": image, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "600"]}],
        },
    }))?;
    pods.create(&PostParams::default(), &pod).await?;
    let result = use_pod(&pods, &name, bytes).await;
    pods.delete(&name, &DeleteParams::default()).await?;
    await_condition(pods, &name, conditions::is_deleted("")).await.ok();
    result
}

async fn use_pod(pods: &Api<Pod>, name: &str, bytes: Option<u64>) -> Result<(), Box<dyn Error>> {
    await_condition(pods.clone(), name, conditions::is_pod_running()).await?;
    exec(pods, name, &["echo", "first-line"], true).await?;
    let Some(bytes) = bytes else {
        let mut costs = Vec::new();
        for _ in 0..EXECS {
            let began = Instant::now();
            exec(pods, name, &["echo"], false).await?;
            costs.push(began.elapsed());
        }
        costs.sort();
        println!("exec-seconds {}", costs[EXECS / 2].as_secs_f64());
        return Ok(());
    };
    let began = Instant::now();
    let script = format!("yes 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ- | head -c {bytes}");
    let read = exec(pods, name, &["sh", "-c", &script], false).await?;
    if read != bytes {
        return Err(format!("{read} of {bytes} bytes arrived").into());
    }
    println!("stream-seconds {}", began.elapsed().as_secs_f64());
    Ok(())
}

async fn exec(pods: &Api<Pod>, name: &str, argv: &[&str], show: bool) -> Result<u64, Box<dyn Error>> {
    let parameters = AttachParams::default().stdin(false).stderr(false);
    let mut process = pods.exec(name, argv.iter().copied(), &parameters).await?;
    let mut stdout = process.stdout().ok_or("no stdout")?;
    let (mut buffer, mut total) = (vec![0; 64 << 10], 0);
    loop {
        let count = stdout.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        total += count as u64;
        if show {
            std::io::stdout().write_all(&buffer[..count])?;
            std::io::stdout().flush()?;
        }
    }
    process.join().await?;
    Ok(total)
}

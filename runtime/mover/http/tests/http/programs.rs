//! Programs that people point at the cache.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use windlass_mover_http::actions_token;

use crate::support::{Here, bytes};

/// What a command writes to its standard output, once it has succeeded.
fn output(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs what tests/setup/packages.sh engine installs"]
fn curl_sends_and_fetches() {
    let (here, place) = (Here::new(), TempDir::new().expect("a directory"));
    let value = bytes(5_000_000);
    fs::write(place.path().join("value"), &value).expect("it is written");
    let curl = |arguments: &[&str], path: &str| {
        let url = format!("{}{path}", here.url());
        output(Command::new("curl").args(["--silent", "--show-error", "--fail"]).args(arguments).arg(url).current_dir(&place))
    };
    let got = || fs::read(place.path().join("got")).expect("it is there");
    // Of this size, curl waits to be asked for the body.
    curl(&["--upload-file", "value", "--header", "Expect: 100-continue"], "/uploaded");
    curl(&["--output", "got"], "/uploaded");
    assert!(got() == value);
    curl(&["--data-binary", "@value"], "/posted");
    assert!(curl(&["--head"], "/posted").contains("Content-Length: 5000000"));
    let stdin = fs::File::open(place.path().join("value")).expect("it is there");
    let chunked = Command::new("curl").args(["-sSf", "-T", "-"]).arg(format!("{}/chunked", here.url())).stdin(stdin).status();
    assert!(chunked.expect("it starts").success());
    for (range, expected) in [("1000-1999", &value[1000..2000]), ("4999999-", &value[4_999_999..]), ("-10", &value[4_999_990..])]
    {
        curl(&["--range", range, "--output", "got"], "/chunked");
        assert!(got() == expected, "{range}");
    }
    // Goes on where it was interrupted.
    fs::write(place.path().join("got"), &value[..1_234_567]).expect("it is written");
    curl(&["--continue-at", "-", "--output", "got"], "/chunked");
    assert!(got() == value);
    curl(&["--request", "DELETE"], "/chunked");
    assert_eq!(here.blobs.keys(), ["http/posted", "http/uploaded"]);
}

/// The second compilation has an empty cache of its own and the same object file.
#[test]
#[ignore = "needs what tests/setup/packages.sh build sources installs"]
fn ccache_compiles_once() {
    for layout in ["", "|layout=flat", "|layout=bazel"] {
        let (here, place) = (Here::new(), TempDir::new().expect("a directory"));
        fs::write(place.path().join("one.c"), "int one(void) { return 1; }\n").expect("it is written");
        let ccache = |cache: &str, arguments: &[&str]| {
            let remote = format!("{}/prefix{layout}", here.url());
            let mut command = Command::new("ccache");
            command.args(arguments).current_dir(&place).env("CCACHE_DIR", place.path().join(cache));
            output(command.env("CCACHE_REMOTE_STORAGE", remote).env_remove("CCACHE_CONFIGPATH"))
        };
        let compile = |cache: &str| {
            let _ = fs::remove_file(place.path().join("one.o"));
            ccache(cache, &["cc", "-c", "one.c", "-o", "one.o"]);
            fs::read(place.path().join("one.o")).expect("it is compiled")
        };
        let first = compile("first");
        let keys = here.blobs.keys();
        assert!(keys.len() >= 2 && keys.iter().all(|key| key.starts_with("http/prefix/")), "{layout}: {keys:?}");
        let second = compile("second");
        assert!(first == second);
        let counted = |name: &str| {
            let statistics = ccache("second", &["--print-stats"]);
            let value = statistics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
            value.unwrap_or_else(|| panic!("{name}: {statistics}"))
        };
        assert_eq!((counted("cache_miss"), counted("direct_cache_hit")), (0, 1), "{layout}");
        assert!(counted("remote_storage_hit") > 0 && counted("remote_storage_error") == 0, "{layout}");
        assert_eq!(here.blobs.keys(), keys, "nothing is written again");
    }
}

/// The client that BuildKit has, with the calls that BuildKit makes.
#[test]
#[ignore = "needs the programs that tests/run.sh builds"]
fn buildkits_client_saves_and_loads() {
    let program = std::env::var("WINDLASS_TEST_ACTIONS_CACHE").expect("tests/cluster/env.sh prints where it is");
    assert!(Path::new(&program).is_absolute());
    let here = Here::new();
    let mut command = Command::new(program);
    command.env("ACTIONS_RESULTS_URL", format!("{}/", here.url())).env("ACTIONS_RUNTIME_TOKEN", actions_token());
    command.env("ACTIONS_CACHE_SERVICE_V2", "true").env_remove("ACTIONS_CACHE_API_FORCE_VERSION").stdin(Stdio::null());
    assert_eq!(output(&mut command), "ok\n");
    assert_eq!(here.blobs.keys().len(), 6 + 3, "{:?}", here.blobs.keys());
}

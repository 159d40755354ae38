//! The built-in plugin `shell`: a `*_script` or `*_background_script` instruction.

mod invocation;
mod script;
mod variables;

use windlass_plugin_sdk::containers::{self, Container, Process};
use windlass_plugin_sdk::{Error, Needs, Step, log, plugin, request, unsupported};

use invocation::Invocation;

request! {
    /// A script instruction of the task file.
    pub struct Script {
        /// The lines of one file, which one process runs.
        lines: Vec<String>,
        /// Starts the script and leaves it running until the task ends.
        background: bool,
    }
}

/// The file that `CIRRUS_ENV` names is read up to this size.
const MAX_VARIABLES: u32 = 1024 * 1024;

struct Shell;

impl Step for Shell {
    type Request = Script;

    fn requirements(request: &Script) -> Result<Needs, Error> {
        match request.lines.iter().position(|line| line.trim_start().starts_with("ps:")) {
            None => Ok(Needs::default()),
            Some(i) => Err(unsupported(
                format!("lines[{i}]"),
                "`ps:` asks for PowerShell on Windows, and windlass runs Linux containers; write the line for a POSIX shell",
            )),
        }
    }

    fn run(request: Script) -> Result<(), Error> {
        let Some(first) = request.lines.first() else { return Ok(()) };
        let container = containers::default()?;
        let files = Files::new()?;
        let process = match Invocation::from_variable(windlass_plugin_sdk::variables::get("CIRRUS_SHELL")?.as_deref())? {
            Invocation::Direct => {
                if request.lines.len() > 1 {
                    log::warning(format!(
                        "CIRRUS_SHELL=direct runs the first line only; {} more do not run",
                        request.lines.len() - 1
                    ));
                }
                start(&container, &files, invocation::words(first)?, true)?
            }
            Invocation::Shell(shell) => {
                let argv = script::argv(shell, container.find_program("bash")?, &files.script);
                let text = script::text(&argv[..argv.len() - 1].join(" "), &request.lines);
                container.write_file(&files.script, 0o644, text.as_str())?;
                start(&container, &files, argv, false)?
            }
        };
        if request.background {
            return process.keep();
        }
        let exit = process.wait()?;
        pass_on_variables(&container, &files)?;
        exit.check("the script")
    }

    fn cleanup(request: Script) -> Result<(), Error> {
        // A shell reads its script while it runs it, so a script that still runs keeps its file.
        if request.background || request.lines.is_empty() {
            return Ok(());
        }
        let container = containers::default()?;
        let files = Files::new()?;
        container.remove_file(&files.script)?;
        container.remove_file(&files.variables)
    }
}

/// The files of one script instruction.
struct Files {
    script: String,
    variables: String,
}

impl Files {
    fn new() -> Result<Self, Error> {
        let directory = containers::private_directory()?;
        Ok(Self { script: format!("{directory}/script"), variables: format!("{directory}/variables") })
    }
}

fn start(container: &Container, files: &Files, argv: Vec<String>, expand: bool) -> Result<Process, Error> {
    // Present and empty, so that `>>` and readers find it.
    container.write_file(&files.variables, 0o666, "")?;
    let escaping = windlass_plugin_sdk::variables::get("CIRRUS_ESCAPING_PROCESSES")?.is_some();
    let command = container.command(argv).env("CIRRUS_ENV", files.variables.as_str()).escaping_processes(escaping);
    if expand { command.expand_argv().start() } else { command.start() }
}

/// Gives the variables that the script wrote to the file `CIRRUS_ENV` to the steps that follow: all of them, or none when a line
/// is not a variable.
fn pass_on_variables(container: &Container, files: &Files) -> Result<(), Error> {
    let Some(bytes) = container.read_file(&files.variables, MAX_VARIABLES)? else { return Ok(()) };
    match variables::parse(&bytes) {
        Ok(found) if found.is_empty() => Ok(()),
        Ok(found) => {
            let sensitive = windlass_plugin_sdk::variables::get("CIRRUS_ENV_SENSITIVE")?.is_some_and(|value| is_true(&value));
            found.iter().try_for_each(|(name, value)| windlass_plugin_sdk::variables::set(name, value, sensitive))
        }
        Err(reason) => {
            log::warning(format!("none of the variables in the file $CIRRUS_ENV is passed on: {reason}"));
            Ok(())
        }
    }
}

/// Whether a switch is on: it is unless it says that it is not. Better one variable too many is masked.
fn is_true(value: &str) -> bool {
    !["", "0", "false", "no", "off"].contains(&value.trim().to_ascii_lowercase().as_str())
}

plugin! {
    step Shell,
    name: "shell",
    description: "Runs the lines of a script in a shell of the task's container.",
    powers: {
        "containers" only ["main"]: "runs the script",
        "environment": "reads CIRRUS_SHELL, CIRRUS_ESCAPING_PROCESSES and CIRRUS_ENV_SENSITIVE",
        "environment-set" only "all": "passes on what the script wrote to the file CIRRUS_ENV",
    },
}

//! The reporters of a run, on a thread of their own: a slow terminal must not hold up the tasks' connections.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use windlass_engine::run::Cancel;
use windlass_model::event::{self, FailureKind, RunEvent};
use windlass_model::plugin::PluginKind;
use windlass_redact::Redactor;
use windlass_report::{
    FailedTask, Json, Layout, NextCommand, Palette, Plain, Redacting, ReportError, Reporter, Several, Size, StreamKind, Terminal,
};

use crate::args::{Choice, Global, RunFormat};
use crate::failure::Failure;
use crate::output;

/// How many events may wait for the reporters before the run waits for them.
const WAITING: usize = 256;

/// How often a reporter gets its turn while nothing happens.
const TURN: Duration = Duration::from_millis(100);

/// What the reporters run on, and where events go.
pub struct Reporting {
    /// Events of the run.
    pub events: mpsc::Sender<RunEvent>,
    thread: JoinHandle<Result<(), ReportError>>,
}

impl Reporting {
    /// Starts the reporters. When nobody reads any more, `cancel` ends the run.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(reporter: Box<dyn Reporter + Send>, cancel: Cancel) -> Result<Self, Failure> {
        let (events, receiver) = mpsc::channel(WAITING);
        let runtime = Handle::current();
        let thread = std::thread::Builder::new()
            .name("reporters".into())
            .spawn(move || show(reporter, receiver, &runtime, &cancel))
            .map_err(Failure::Runtime)?;
        Ok(Self { events, thread })
    }

    /// Waits until everything is shown: until the last event of a run, or until nobody is left who could send one.
    ///
    /// # Errors
    /// When the output could not be written.
    pub async fn finish(self) -> Result<(), Failure> {
        drop(self.events);
        let thread = self.thread;
        match tokio::task::spawn_blocking(move || thread.join()).await {
            Ok(Ok(Ok(()) | Err(ReportError::Closed))) => Ok(()),
            Ok(Ok(Err(ReportError::Write(error)))) => Err(Failure::Output(error)),
            // The panic hook has told.
            Ok(Err(_)) | Err(_) => Err(Failure::Bug),
        }
    }
}

fn show(
    mut reporter: Box<dyn Reporter + Send>,
    mut events: mpsc::Receiver<RunEvent>,
    runtime: &Handle,
    cancel: &Cancel,
) -> Result<(), ReportError> {
    let began = Instant::now();
    let mut result = Ok(());
    loop {
        let event = match events.try_recv() {
            Ok(event) => Some(event),
            Err(mpsc::error::TryRecvError::Disconnected) => break,
            Err(mpsc::error::TryRecvError::Empty) => {
                if result.is_ok() {
                    result = reporter.idle(began.elapsed());
                }
                match runtime.block_on(async { tokio::time::timeout(TURN, events.recv()).await }) {
                    Ok(Some(event)) => Some(event),
                    Ok(None) => break,
                    Err(_) => None,
                }
            }
        };
        // What cannot be shown is still taken, so that the run can clean up.
        let last = matches!(event, Some(RunEvent::RunFinished { .. }));
        match (&result, event) {
            (Ok(()), Some(event)) => result = reporter.event(began.elapsed(), &event),
            (Ok(()), None) => {}
            (Err(_), _) => cancel.soft.cancel(),
        }
        // Whoever still holds a sender has nothing more to say, and may take long to notice.
        if last {
            break;
        }
    }
    let finished = reporter.finish();
    result.and(finished)
}

/// The reporters that a person asked for, or that fit where the output goes. Secrets of `redactor` pass none of them.
pub fn choose(
    global: &Global,
    format: Option<RunFormat>,
    redactor: Redactor,
    next: impl Fn() -> NextCommand,
) -> Box<dyn Reporter + Send> {
    let palette = |colored: bool| if colored { Palette::Colour } else { Palette::Plain };
    let terminal = || -> Box<dyn Reporter + Send> {
        let palette = palette(output::stderr_is_colored(global.color));
        Box::new(Terminal::new(io::stderr(), Box::new(size), palette, next()))
    };
    let plain = || -> Box<dyn Reporter + Send> {
        let plain = Plain::new(io::stdout(), next());
        if !io::stdout().is_terminal() {
            return Box::new(plain);
        }
        Box::new(plain.on_terminal(palette(output::stdout_is_colored(global.color))))
    };
    let reporter = match format {
        Some(RunFormat::Json) => Box::new(Json::new(io::stdout())),
        Some(RunFormat::Plain) => plain(),
        Some(RunFormat::Terminal) => terminal(),
        None => match Layout::choose(kind(&io::stdout()), kind(&io::stderr())) {
            Layout::Live => terminal(),
            Layout::Log => plain(),
            Layout::LogAndLive => Box::new(Several::new(vec![plain(), terminal()])),
        },
    };
    Box::new(Redacting::new(redactor, reporter))
}

/// The command to type after a failure: the usual one, with the options of this run that it takes. Values of what `is_secret` calls a secret
/// are left out.
pub fn next_command(global: &Global, choice: &Choice, is_secret: impl Fn(&str) -> bool) -> NextCommand {
    let of_run = [global.words(), choice.words(is_secret)].concat();
    let builder_is_chosen = choice.plugins.substitutes.iter().any(|substitute| substitute.kind == PluginKind::Build);
    let of_doctor = [global.words(), choice.target.words(), choice.plugins.words()].concat();
    // The options of `run` are not those of a command that wrote its task itself.
    let is_written = global.task.is_some();
    Box::new(move |failed: FailedTask<'_>| {
        if is_written {
            return None;
        }
        let doctor = event::Failure { help: None, ..failed.failure.clone() };
        // With a builder chosen already, another option would contradict it.
        let failed = if builder_is_chosen { FailedTask { failure: &doctor, ..failed } } else { failed };
        let usual = windlass_report::usual_next_command(failed)?;
        let options = match failed.failure.kind {
            FailureKind::Cluster if windlass_report::fitting_builder(failed.failure).is_none() => &of_doctor,
            FailureKind::Cluster => &of_run,
            FailureKind::Task | FailureKind::Plugin | FailureKind::Bug => &of_run,
        };
        let options = shlex::try_join(options.iter().map(String::as_str)).ok()?;
        Some(if options.is_empty() { usual } else { format!("{usual} {options}") })
    })
}

fn kind(stream: &(impl AsFd + io::IsTerminal)) -> StreamKind {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    if stream.is_terminal() {
        return if dumb { StreamKind::Other } else { StreamKind::Terminal };
    }
    let is_file =
        stream.as_fd().try_clone_to_owned().and_then(|fd| File::from(fd).metadata()).is_ok_and(|metadata| metadata.is_file());
    if is_file { StreamKind::File } else { StreamKind::Other }
}

fn size() -> Size {
    let (columns, rows) = output::size().unwrap_or((80, 24));
    Size { columns, rows }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use windlass_model::event::Failure;

    use super::*;
    use crate::args::{Cli, Command};

    fn next(line: &str, kind: FailureKind) -> Option<String> {
        let cli = Cli::try_parse_from(shlex::split(line)?).ok()?;
        let Command::Run(args) = cli.command else { return None };
        let failure = Failure { kind, message: String::new(), exit_code: None, help: None };
        next_command(&cli.global, &args.choice, |name| name == "KEY")(FailedTask {
            task: "lint go",
            step: None,
            failure: &failure,
        })
    }

    /// Work that a lost network holds up may keep a way to the reporters for minutes.
    #[tokio::test(flavor = "multi_thread")]
    async fn after_the_last_event_nobody_is_waited_for() {
        let reporter = Plain::new(io::sink(), Box::new(windlass_report::usual_next_command));
        let reporting = Reporting::start(Box::new(reporter), Cancel::default()).unwrap_or_else(|_| panic!("no thread"));
        let forgotten = reporting.events.clone();
        let run = windlass_model::plan::RunId::from_random(0);
        let last = RunEvent::RunFinished { run, exit_code: 0, leftovers: Vec::new(), duration_ms: 1 };
        assert!(reporting.events.send(last).await.is_ok());
        let finished = tokio::time::timeout(Duration::from_secs(10), reporting.finish()).await;
        assert!(finished.is_ok_and(|result| result.is_ok()));
        assert!(forgotten.is_closed());
    }

    #[test]
    fn the_next_command_finds_the_same_file_place_and_plugins() {
        let line = "windlass run -f ci.yml --settings ci.yaml --trust-project -e KEY=hunter2 -e A='b c' --on engine --use build=kaniko --jobs 2 other";
        let expected = "windlass run 'lint go' -f ci.yml --settings ci.yaml --trust-project -e KEY -e 'A=b c' --on engine --use 'build=kaniko'";
        let found = next(line, FailureKind::Task);
        assert_eq!(found.as_deref().and_then(shlex::split), shlex::split(expected), "{found:?}");
        assert_eq!(
            next(line, FailureKind::Cluster).as_deref(),
            Some("windlass doctor -f ci.yml --settings ci.yaml --trust-project --on engine --use 'build=kaniko'")
        );
        assert_eq!(next("windlass run", FailureKind::Plugin).as_deref(), Some("windlass plan 'lint go'"));
    }
}

//! The command line of the agent. It is written by windlass only, so it is small.

use std::path::PathBuf;
use std::time::Duration;

use windlass_agent_protocol::paths;

/// How to use the program.
pub const USAGE: &str = "\
usage: agent supervise [--deadline SECONDS] [--heartbeat SECONDS] [--grace SECONDS]
                       [--spool-limit BYTES] [--run DIR] [--spool DIR] [--handover DIR]
                       [--forward PORT:PORT]…
       agent connect [--wait SECONDS] [--run DIR]
       agent version";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Supervise the container.
    Supervise(Settings),
    /// Connect standard input and output to the supervisor.
    Connect {
        /// The directory with its socket.
        run: PathBuf,
        /// How long to wait for the socket.
        wait: Duration,
    },
    /// Say the version.
    Version,
}

/// How to supervise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Everything ends so long after the start.
    pub deadline: Option<Duration>,
    /// Everything ends when no host was heard for so long.
    pub heartbeat: Option<Duration>,
    /// Time between SIGTERM and SIGKILL when everything ends.
    pub grace: Duration,
    /// How many bytes of a command's output may wait to be taken.
    pub spool_limit: u64,
    /// The directory for the socket and the steps' private files.
    pub run: PathBuf,
    /// The directory for output.
    pub spool: PathBuf,
    /// The directory for what steps leave for each other, if that is on a volume.
    pub handover: PathBuf,
    /// Ports of the pod's network, and those that they lead to.
    pub forwards: Vec<(u16, u16)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: None,
            heartbeat: None,
            grace: Duration::from_secs(10),
            spool_limit: 64 << 20,
            run: paths::RUN.into(),
            spool: paths::SPOOL.into(),
            handover: paths::HANDOVER.into(),
            forwards: Vec::new(),
        }
    }
}

impl Settings {
    /// The path of the socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.run.join("agent.sock")
    }
}

/// A command line that makes no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// No such mode.
    #[error("{0:?} is not a command: it is supervise, connect or version")]
    Mode(String),
    /// No such option here.
    #[error("there is no option {0:?}")]
    Option(String),
    /// The option needs a value after it.
    #[error("{0} needs a value")]
    Missing(String),
    /// The value is no number.
    #[error("{option} takes a whole number, not {value:?}")]
    Number {
        /// The option.
        option: String,
        /// What was given.
        value: String,
    },
    /// The value is no pair of ports.
    #[error("--forward takes PORT:PORT, not {0:?}")]
    Ports(String),
}

/// Reads the arguments after the program's name.
///
/// # Errors
/// When they make no sense.
pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Mode, UsageError> {
    let mut args = args.into_iter();
    let mode = args.next().unwrap_or_default();
    let mut options = Options(args);
    match mode.as_str() {
        "supervise" => options.supervise().map(Mode::Supervise),
        "connect" => options.connect(),
        "version" => Ok(Mode::Version),
        _ => Err(UsageError::Mode(mode)),
    }
}

struct Options<I>(I);

impl<I: Iterator<Item = String>> Options<I> {
    fn supervise(&mut self) -> Result<Settings, UsageError> {
        let mut settings = Settings::default();
        while let Some(option) = self.0.next() {
            match option.as_str() {
                "--deadline" => settings.deadline = Some(self.seconds(option)?),
                "--heartbeat" => settings.heartbeat = Some(self.seconds(option)?),
                "--grace" => settings.grace = self.seconds(option)?,
                "--spool-limit" => settings.spool_limit = self.number(option)?,
                "--run" => settings.run = self.value(option)?.into(),
                "--spool" => settings.spool = self.value(option)?.into(),
                "--handover" => settings.handover = self.value(option)?.into(),
                "--forward" => settings.forwards.push(self.ports(option)?),
                _ => return Err(UsageError::Option(option)),
            }
        }
        Ok(settings)
    }

    fn connect(&mut self) -> Result<Mode, UsageError> {
        let mut run = Settings::default().run;
        let mut wait = Duration::from_secs(10);
        while let Some(option) = self.0.next() {
            match option.as_str() {
                "--run" => run = self.value(option)?.into(),
                "--wait" => wait = self.seconds(option)?,
                _ => return Err(UsageError::Option(option)),
            }
        }
        Ok(Mode::Connect { run, wait })
    }

    fn value(&mut self, option: String) -> Result<String, UsageError> {
        self.0.next().ok_or(UsageError::Missing(option))
    }

    fn ports(&mut self, option: String) -> Result<(u16, u16), UsageError> {
        let value = self.value(option)?;
        let ports = value.split_once(':').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        ports.ok_or(UsageError::Ports(value))
    }

    fn number(&mut self, option: String) -> Result<u64, UsageError> {
        let value = self.value(option.clone())?;
        value.parse().map_err(|_| UsageError::Number { option, value })
    }

    fn seconds(&mut self, option: String) -> Result<Duration, UsageError> {
        self.number(option).map(Duration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Mode, UsageError> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read() {
        let expected = Settings {
            deadline: Some(Duration::from_secs(3600)),
            heartbeat: Some(Duration::from_secs(90)),
            grace: Duration::from_secs(5),
            spool_limit: 1024,
            run: "/r".into(),
            spool: "/s".into(),
            handover: "/h".into(),
            forwards: vec![(8081, 80), (8082, 81)],
        };
        let line = "supervise --deadline 3600 --heartbeat 90 --grace 5 --spool-limit 1024 --run /r --spool /s --handover /h \
                    --forward 8081:80 --forward 8082:81";
        assert_eq!(read(line), Ok(Mode::Supervise(expected)));
        let run = "/windlass/run".into();
        let wait = Duration::from_secs(1);
        assert_eq!(read("connect --wait 1"), Ok(Mode::Connect { run, wait }));
    }

    #[test]
    fn nonsense_is_named() {
        for (line, message) in [
            ("", "\"\" is not a command: it is supervise, connect or version"),
            ("supervise --fast", "there is no option \"--fast\""),
            ("supervise --deadline", "--deadline needs a value"),
            ("supervise --forward 80", "--forward takes PORT:PORT, not \"80\""),
            ("supervise --deadline 1h", "--deadline takes a whole number, not \"1h\""),
        ] {
            let error = read(line).map_err(|error| error.to_string());
            assert_eq!(error, Err(message.to_owned()), "{line}");
        }
    }
}

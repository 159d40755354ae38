//! Faults on the way to the API server, in plain words: whether trying again can help, and what to do when it cannot.

use std::error::Error;
use std::io;

use kube::client::AuthError;

use super::{brief, chain};

/// What a failed request says of the way to the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It may pass.
    Passing(String),
    /// It will not pass by itself.
    Lasting {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// The user is not let in, because the credentials cannot be had.
    Credentials {
        /// What is wrong.
        message: String,
        /// What to do, when more is known than to renew them.
        help: Option<String>,
    },
}

/// Judges an error of the client by what lies behind it.
pub(super) fn judge<'e>(error: &'e (dyn Error + 'static)) -> Fault {
    let causes = || std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| (*error).source());
    if let Some(fault) = causes().find_map(|cause| cause.downcast_ref::<AuthError>().map(credentials)) {
        return fault;
    }
    if let Some(fault) = causes().find_map(tls) {
        return fault;
    }
    // The innermost one that knows its kind says most.
    let io = causes().filter_map(|cause| cause.downcast_ref::<io::Error>()).last();
    Fault::Passing(match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "nothing listens there (connection refused)".to_owned(),
        Some(io::ErrorKind::TimedOut) => "it did not accept the connection in time".to_owned(),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof) => {
            "the connection was cut".to_owned()
        }
        Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
            "this machine has no network route to it".to_owned()
        }
        _ => innermost(error),
    })
}

/// What is wrong with TLS. An `io::Error` carries it inside without naming it as its source, and the connector puts one into another.
fn tls<'e>(cause: &'e (dyn Error + 'static)) -> Option<Fault> {
    let inside = |cause: &&'e (dyn Error + 'static)| {
        let cause: &'e (dyn Error + 'static) = *cause;
        cause.downcast_ref::<io::Error>()?.get_ref().map(|inner| inner as &'e (dyn Error + 'static))
    };
    let error = std::iter::successors(Some(cause), inside).find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
    let lasting = |message: String, help: &str| Some(Fault::Lasting { message, help: help.to_owned() });
    match error {
        rustls::Error::InvalidCertificate(problem) => lasting(
            format!("its certificate is not accepted: {}", certificate(problem)),
            "check `server` and `certificate-authority` (or `certificate-authority-data`) of this cluster in the kubeconfig",
        ),
        rustls::Error::InvalidMessage(_) => lasting(
            "what answers there does not speak TLS".to_owned(),
            "check `server` of this cluster in the kubeconfig: its port, and `http` or `https`",
        ),
        rustls::Error::AlertReceived(alert) => lasting(
            format!("it refused the connection (TLS alert {alert:?})"),
            "check the client certificate of this user in the kubeconfig, and whether it has expired",
        ),
        _ => None,
    }
}

fn certificate(problem: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Problem;
    match problem {
        Problem::UnknownIssuer => "the authority in the kubeconfig did not sign it".to_owned(),
        Problem::Expired | Problem::ExpiredContext { .. } => "it has expired".to_owned(),
        Problem::NotValidYet | Problem::NotValidYetContext { .. } => {
            "it is not valid yet; is this machine's clock right?".to_owned()
        }
        Problem::NotValidForName | Problem::NotValidForNameContext { .. } => "it is for another name".to_owned(),
        other => other.to_string(),
    }
}

/// Credentials that cannot be had: most often a program that the kubeconfig names.
fn credentials(error: &AuthError) -> Fault {
    let help = |text: &str| Some(text.to_owned());
    let (message, help) = match error {
        AuthError::AuthExecStart(cause) => (
            format!("the program that gives its credentials cannot be started: {cause}"),
            help("install the program that `exec` of this user in the kubeconfig names, or put it into PATH"),
        ),
        AuthError::AuthExecRun { cmd, out } => {
            let said = String::from_utf8_lossy(&out.stderr);
            let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let last = said.last().map_or_else(|| "and says nothing".to_owned(), |line| format!("and says: {}", cut(line)));
            let how =
                out.status.code().map_or_else(|| "was ended by a signal".to_owned(), |code| format!("exited with code {code}"));
            (
                format!("`{}`, which gives its credentials, {how} {last}", cut(cmd)),
                help("run that command by hand; log in again if it says so"),
            )
        }
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => (
            "the program that gives its credentials answers with something else".to_owned(),
            help("run the program that `exec` of this user in the kubeconfig names by hand: it is to print an ExecCredential"),
        ),
        AuthError::ReadTokenFile(cause, file) => (
            format!("its token file {} cannot be read: {cause}", file.display()),
            help("correct `tokenFile` of this user in the kubeconfig"),
        ),
        other => (brief(other), None),
    };
    Fault::Credentials { message, help }
}

/// The longest word of another program that is passed on.
fn cut(text: &str) -> String {
    super::bounded(text, 300)
}

/// The last cause alone: what wraps it speaks of the client's parts.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = chain(cause);
    match text.split_once("failed to lookup address information: ") {
        Some((_, why)) => format!("its name cannot be resolved ({why})"),
        None => brief(error).rsplit(": ").next().filter(|last| !last.is_empty()).map_or(text, str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("client error (Connect)")]
    struct Wrapped(#[source] io::Error);

    fn of(error: io::Error) -> Fault {
        judge(&Wrapped(error))
    }

    #[test]
    fn a_fault_that_may_pass_is_told_from_one_that_lasts() {
        let refused = of(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(refused, Fault::Passing("nothing listens there (connection refused)".to_owned()));
        let cut = of(io::Error::from(io::ErrorKind::ConnectionReset));
        assert_eq!(cut, Fault::Passing("the connection was cut".to_owned()));
        let name = of(io::Error::other("failed to lookup address information: Name or service not known"));
        assert_eq!(name, Fault::Passing("its name cannot be resolved (Name or service not known)".to_owned()));
        let plain = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        let Fault::Lasting { message, help } = of(io::Error::other(io::Error::other(plain))) else { panic!("it does not pass") };
        assert!(message.contains("does not speak TLS") && help.contains("`server`"), "{message}; {help}");
        let stranger = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let Fault::Lasting { message, help } = of(io::Error::other(stranger)) else { panic!("it does not pass") };
        assert!(message.contains("did not sign it") && help.contains("certificate-authority"), "{message}; {help}");
    }

    /// What the program printed was shown as a debug dump of bytes.
    #[test]
    fn a_credential_program_that_fails_is_named_with_its_last_line() {
        let out = std::process::Command::new("sh").args(["-c", "echo a token >&1; echo 'session expired' >&2; exit 3"]).output();
        let out = Box::new(out.unwrap_or_else(|error| panic!("{error}")));
        let error = AuthError::AuthExecRun { cmd: "cloud-login --cluster a".to_owned(), out };
        let Fault::Credentials { message, help } = judge(&kube::Error::Auth(error)) else {
            panic!("credentials are what is missing")
        };
        assert_eq!(
            message,
            "`cloud-login --cluster a`, which gives its credentials, exited with code 3 and says: session expired"
        );
        assert!(help.is_some_and(|help| help.contains("by hand")));
        let missing = AuthError::AuthExecStart(io::Error::from(io::ErrorKind::NotFound));
        let Fault::Credentials { message, .. } = judge(&kube::Error::Auth(missing)) else {
            panic!("credentials are what is missing")
        };
        assert!(message.starts_with("the program that gives its credentials cannot be started"), "{message}");
    }
}

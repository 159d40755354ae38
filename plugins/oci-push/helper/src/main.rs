//! `windlass-oci`: sends images to registries from inside a pod.
//!
//! A static program that runs in any Linux container, also one without a shell, a C library or certificates. It knows OCI
//! layouts, the archives of `docker save`, and the registry protocol; see `--help`.

mod archive;
mod arguments;
mod credentials;
mod digest;
mod document;
mod error;
mod help;
mod http;
mod layout;
mod progress;
mod push;
mod reference;
mod registry;
mod tree;

use std::process::ExitCode;

use arguments::{Command, RegistryOptions};
use error::Error;
use http::Client;
use progress::Progress;

fn main() -> ExitCode {
    match Command::from_arguments(std::env::args_os()).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Help => print(help::TEXT.trim_end()),
        Command::Version => print(concat!("windlass-oci ", env!("CARGO_PKG_VERSION"))),
        Command::Push { layout, select, references, mount_from, parallel, result, options } => {
            let image = tree::Image::read(&layout, select.as_ref())?;
            let client = client(&options)?;
            let job = push::Job { image: &image, references: &references, mount_from: &mount_from, parallel };
            let pushed = job.run(&client, &Progress::new())?;
            result.map_or(Ok(()), |file| push::write_result(&file, &pushed))
        }
        Command::Digest { layout, select } => print(&layout::top(&layout, select.as_ref())?.digest.to_string()),
        Command::Resolve { reference, options } => print(&registry::resolve(&client(&options)?, &reference)?.to_string()),
        Command::Layout { archive, directory } => print(&archive::convert(&archive, &directory)?.to_string()),
    }
}

fn client(options: &RegistryOptions) -> Result<Client, Error> {
    Ok(Client::new(options.access.clone(), credentials::Credentials::of_this_process()?, options.attempts))
}

fn print(text: &str) -> Result<(), Error> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{text}").map_err(|source| Error::File { what: "cannot write to standard output".into(), source })
}

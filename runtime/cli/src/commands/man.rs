//! `windlass man`.

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::args::{Cli, ManArgs};
use crate::failure::Failure;
use crate::output;

/// Prints the manual page of windlass, or writes those of all commands.
///
/// # Errors
/// When they cannot be written.
pub fn run(args: &ManArgs) -> Result<(), Failure> {
    match &args.directory {
        Some(directory) => {
            std::fs::create_dir_all(directory).map_err(Failure::Output)?;
            clap_mangen::generate_to(Cli::command(), directory).map_err(Failure::Output)
        }
        None => {
            let mut page = Vec::new();
            Man::new(Cli::command()).render(&mut page).map_err(Failure::Output)?;
            output::data(&page)
        }
    }
}

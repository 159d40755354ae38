//! `windlass man`.

use std::path::Path;

use clap_mangen::Man;

use crate::args::{ManArgs, command};
use crate::failure::Failure;
use crate::output;

/// Prints the manual page of windlass, or writes those of all commands.
///
/// # Errors
/// When they cannot be written.
pub fn run(args: &ManArgs) -> Result<(), Failure> {
    match &args.directory {
        Some(directory) => write(directory).map_err(|source| Failure::Unwritable { path: directory.clone(), source }),
        None => {
            let mut page = Vec::new();
            Man::new(command()).render(&mut page).map_err(Failure::Output)?;
            output::data(&page)
        }
    }
}

fn write(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    clap_mangen::generate_to(command(), directory)
}

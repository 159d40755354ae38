//! The archives that make a pod's volumes ready.

use std::io;

use tar::{Builder, EntryType, Header};

/// The file name of the agent's program in its volume.
const AGENT_FILE: &str = "agent";

/// An archive that holds the agent's program, executable by everyone.
pub(crate) fn agent(program: &[u8]) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::with_capacity(program.len() + 4096));
    directory(&mut archive, 0o755)?;
    let mut header = header(EntryType::Regular, 0o755, program.len() as u64);
    archive.append_data(&mut header, AGENT_FILE, program)?;
    archive.into_inner()
}

/// An archive that only opens its directory to every user, as Kubernetes does with an emptyDir.
pub(super) fn open_directory() -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    directory(&mut archive, 0o777)?;
    archive.into_inner()
}

fn directory(archive: &mut Builder<Vec<u8>>, mode: u32) -> io::Result<()> {
    let mut header = header(EntryType::Directory, mode, 0);
    archive.append_data(&mut header, "./", io::empty())
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_agent_is_an_executable_file_in_a_readable_directory() -> io::Result<()> {
        let bytes = agent(b"program")?;
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut seen = Vec::new();
        for entry in archive.entries()? {
            let mut entry = entry?;
            let mut content = String::new();
            entry.read_to_string(&mut content)?;
            seen.push((entry.path()?.display().to_string(), entry.header().mode()?, content));
        }
        assert_eq!(seen, [("./".into(), 0o755, String::new()), ("agent".into(), 0o755, "program".into())]);
        Ok(())
    }
}

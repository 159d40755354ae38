//! The archives that make a pod's volumes ready: the agent's program in one, files in others, and each that is left open to every user, as
//! Kubernetes makes an emptyDir.

use std::io;

use tar::{Builder, EntryType, Header};

use crate::engine::Flavour;
use crate::manifest::{Content, Loaded};

/// The file name of the agent's program in its volume.
const AGENT_FILE: &str = "agent";

/// An archive, and the directory of the loader that it is unpacked in.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) directory: String,
    pub(super) archive: Vec<u8>,
}

/// What to upload to the loader. Docker takes all volumes in one archive, and leaves the directory that it unpacks in as it is. Podman reaches
/// no more than one volume at a time, and that directory's own entry counts.
pub(super) fn uploads(flavour: Flavour, volumes: &[Loaded<'_>], agent: &[u8]) -> io::Result<Vec<Upload>> {
    match flavour {
        Flavour::Docker => {
            let mut archive = Builder::new(Vec::new());
            for volume in volumes {
                add(&mut archive, volume, volume.path.trim_start_matches('/'), agent)?;
            }
            Ok(vec![Upload { directory: "/".into(), archive: archive.into_inner()? }])
        }
        Flavour::Podman => volumes
            .iter()
            .map(|volume| {
                let mut archive = Builder::new(Vec::new());
                add(&mut archive, volume, ".", agent)?;
                Ok(Upload { directory: volume.path.clone(), archive: archive.into_inner()? })
            })
            .collect(),
    }
}

/// An archive that holds the agent's program alone.
pub(crate) fn program(agent: &[u8]) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::with_capacity(agent.len() + 4096));
    file(&mut archive, AGENT_FILE, 0o755, agent)?;
    archive.into_inner()
}

fn add(archive: &mut Builder<Vec<u8>>, volume: &Loaded<'_>, directory: &str, agent: &[u8]) -> io::Result<()> {
    let mode = if volume.content == Content::Nothing { 0o777 } else { 0o755 };
    archive.append_data(&mut header(EntryType::Directory, mode, 0), format!("{directory}/"), io::empty())?;
    match volume.content {
        Content::Agent => file(archive, &format!("{directory}/{AGENT_FILE}"), 0o755, agent),
        Content::Files(files) => {
            files.iter().try_for_each(|(name, text)| file(archive, &format!("{directory}/{name}"), 0o644, text.as_bytes()))
        }
        Content::Nothing => Ok(()),
    }
}

fn file(archive: &mut Builder<Vec<u8>>, path: &str, mode: u32, content: &[u8]) -> io::Result<()> {
    archive.append_data(&mut header(EntryType::Regular, mode, content.len() as u64), path, content)
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

    fn entries(archive: &[u8]) -> io::Result<Vec<(String, u32, String)>> {
        let mut archive = tar::Archive::new(archive);
        let mut seen = Vec::new();
        for entry in archive.entries()? {
            let mut entry = entry?;
            let mut content = String::new();
            entry.read_to_string(&mut content)?;
            seen.push((String::from_utf8_lossy(&entry.path_bytes()).into_owned(), entry.header().mode()?, content));
        }
        Ok(seen)
    }

    #[test]
    fn each_engine_gets_the_agent_files_and_open_directories_its_way() -> io::Result<()> {
        let volume = |index: u32, content| Loaded { name: format!("v{index}"), path: format!("/vol/{index}"), content };
        let files = [("ca.crt".to_owned(), "PEM".to_owned())].into();
        let volumes = [volume(0, Content::Agent), volume(1, Content::Nothing), volume(2, Content::Files(&files))];
        let seen = |flavour| -> io::Result<Vec<_>> {
            uploads(flavour, &volumes, b"program")?.iter().map(|u| Ok((u.directory.clone(), entries(&u.archive)?))).collect()
        };
        let entry = |path: &str, mode, content: &str| (path.to_owned(), mode, content.to_owned());
        let docker = vec![
            entry("vol/0/", 0o755, ""),
            entry("vol/0/agent", 0o755, "program"),
            entry("vol/1/", 0o777, ""),
            entry("vol/2/", 0o755, ""),
            entry("vol/2/ca.crt", 0o644, "PEM"),
        ];
        assert_eq!(seen(Flavour::Docker)?, [("/".to_owned(), docker)]);
        let first = vec![entry("./", 0o755, ""), entry("agent", 0o755, "program")];
        let second = vec![entry("./", 0o777, "")];
        let third = vec![entry("./", 0o755, ""), entry("ca.crt", 0o644, "PEM")];
        let each = [first, second, third].into_iter().zip(0..).map(|(entries, index)| (format!("/vol/{index}"), entries));
        assert_eq!(seen(Flavour::Podman)?, each.collect::<Vec<_>>());
        Ok(())
    }
}

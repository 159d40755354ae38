//! The host's key: who has it can write entries.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use windlass_files::own;

use crate::StoreError;

/// Bytes of a key.
const LENGTH: usize = 32;

/// A secret that is given has at least so many bytes.
const SHORTEST: usize = 16;

/// What the file is called.
const NAME: &str = "key";

/// The key that seals entries.
#[derive(Clone)]
pub struct Key {
    bytes: [u8; LENGTH],
    /// Says which key it is, and nothing of what it is.
    id: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl Key {
    /// The user's own, in `directory`; it is made at first.
    ///
    /// # Errors
    /// When it cannot be read or made, or others may have written it.
    pub fn of_user(directory: &Path) -> Result<Self, StoreError> {
        let place = own::directory(directory)?;
        let path = directory.join(NAME);
        let failed = |source| StoreError::io("using the key", path.display().to_string())(source);
        let made = || -> io::Result<Vec<u8>> {
            match read(&place) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => make(&place),
                read => read,
            }
        };
        let bytes = made().map_err(failed)?;
        own::check(&place.symlink_metadata(NAME).map_err(failed)?, &path)?;
        if bytes.len() != LENGTH {
            let shown = path.display();
            return Err(StoreError::Key(format!(
                "{shown} is not a key that windlass made; delete it, and windlass makes another: what was stored with the old one is then \
                 stored again"
            )));
        }
        Ok(Self::derived(&bytes))
    }

    /// Made of a secret that several hosts share.
    ///
    /// # Errors
    /// When it is too short to be one.
    pub fn of_secret(secret: &[u8]) -> Result<Self, StoreError> {
        if secret.len() < SHORTEST {
            return Err(StoreError::Key(format!(
                "the key of `cache: {{key}}` has fewer than {SHORTEST} bytes; give a longer one"
            )));
        }
        Ok(Self::derived(secret))
    }

    fn derived(secret: &[u8]) -> Self {
        let derive = Hkdf::<Sha256>::new(None, secret);
        let (mut bytes, mut id) = ([0; LENGTH], [0; 8]);
        // Both lengths are far below what HKDF can give.
        let _ = derive.expand(b"windlass cache entries", &mut bytes);
        let _ = derive.expand(b"windlass cache key id", &mut id);
        Self { bytes, id: hex::encode(id) }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    fn mac(&self, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.bytes).ok()?;
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Some(mac)
    }

    /// The seal of these parts, in this order.
    pub(crate) fn seal(&self, parts: &[&[u8]]) -> String {
        // A key of any length makes an HMAC.
        self.mac(parts).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Whether this is their seal.
    pub(crate) fn verifies(&self, parts: &[&[u8]], seal: &str) -> bool {
        let Ok(seal) = hex::decode(seal) else { return false };
        self.mac(parts).is_some_and(|mac| mac.verify_slice(&seal).is_ok())
    }
}

fn read(place: &Dir) -> io::Result<Vec<u8>> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let file = place.open_with(NAME, OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()))?;
    let mut bytes = Vec::new();
    file.take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes one. Of several that are made at once, the first is everybody's.
fn make(place: &Dir) -> io::Result<Vec<u8>> {
    let mut random = [0; LENGTH + 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let (bytes, name) = random.split_at(LENGTH);
    let aside = format!(".{NAME}.{}", hex::encode(name));
    let written = || -> io::Result<()> {
        let mut file = place.open_with(&aside, OpenOptions::new().write(true).create_new(true).mode(0o600))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        match place.hard_link(&aside, place, NAME) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    };
    let written = written();
    let _ = place.remove_file(&aside);
    written?;
    read(place)
}

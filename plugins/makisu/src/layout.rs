//! From the archive that Makisu leaves to the OCI layout that pushers take.

use windlass_oci_embedded::Program;
use windlass_plugin_sdk::Error;
use windlass_plugin_sdk::builder::Workplace;

/// Where Makisu is to leave its archive, in the form of `docker save`.
pub(crate) fn archive(place: &Workplace) -> String {
    format!("{}/makisu.tar", place.shared)
}

/// Makes the layout: its directory, and the digest of its manifest. Layers stay as Makisu compressed them.
pub(crate) fn make(place: &Workplace, archive: &str) -> Result<(String, String), Error> {
    let directory = format!("{}/image", place.shared);
    let digest = Program::place(&place.container, &[])?.convert(archive, &directory)?;
    // The layers are in the layout now, and the disk is not endless.
    place.container.remove_file(archive)?;
    Ok((directory, digest))
}

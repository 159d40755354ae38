//! What a component imports and exports, by name.

use serde::Serialize;
use wasmparser::{Parser, Payload};

/// The names that a component itself imports and exports, in alphabetical order; those of components inside it do not count.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct World {
    /// What it offers.
    pub exports: Vec<String>,
    /// What it wants.
    pub imports: Vec<String>,
}

/// Why the names cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// The sections are not as they must be.
    #[error("the component is damaged: {0}")]
    Damaged(String),
    /// More names than any plugin has.
    #[error("the component imports or exports more than {MOST} names")]
    TooMany,
}

/// The most names of each kind.
const MOST: usize = 1000;

impl World {
    /// Reads the names of a component.
    ///
    /// # Errors
    /// When the component is damaged, or has more names than any plugin.
    pub fn of(component: &[u8]) -> Result<Self, WorldError> {
        let damaged = |error: wasmparser::BinaryReaderError| WorldError::Damaged(error.to_string());
        let mut world = Self::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(damaged)? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        world.imports.push(import.map_err(damaged)?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        world.exports.push(export.map_err(damaged)?.name.name.to_owned());
                    }
                }
                _ => {}
            }
            if world.imports.len().max(world.exports.len()) > MOST {
                return Err(WorldError::TooMany);
            }
        }
        world.imports.sort();
        world.exports.sort();
        Ok(world)
    }
}

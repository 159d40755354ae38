//! Looking at one object: whether it stands, and whose it is.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use windlass_engine::ports::driver::DriverError;

use super::cluster::Cluster;
use super::made::{Creation, Fate, Made};
use crate::identity::{Identity, Kind};
use crate::names;

/// How long a request may be under way that was sent and whose connection was cut.
const UNDER_WAY: Duration = Duration::from_secs(1);

impl Cluster {
    /// What an object says of itself, when it stands.
    pub(super) async fn metadata(&self, kind: Kind, name: &str) -> Result<Option<ObjectMeta>, DriverError> {
        let request = self.request("get", kind.resource(), name);
        let answer = || async {
            Ok(match kind {
                Kind::Pod => self.pods().get_metadata_opt(name).await?.map(|found| found.metadata),
                Kind::Secret => self.secrets().get_metadata_opt(name).await?.map(|found| found.metadata),
                Kind::ConfigMap => self.config_maps().get_metadata_opt(name).await?.map(|found| found.metadata),
            })
        };
        self.ask(&request, answer).await
    }

    /// The identity of an object that this process asked for, when it stands. Where the answer was lost, its mark tells.
    pub(super) async fn identify(&self, creation: &Creation, made: &Made) -> Result<Option<Identity>, DriverError> {
        if let Some(identity) = made.identity() {
            return Ok(Some(identity));
        }
        let mut found = self.metadata(made.kind, &made.name).await?;
        if found.is_none() && made.fate == Fate::Unknown {
            // Its request may still be under way to the API server's store.
            tokio::time::sleep(UNDER_WAY).await;
            found = self.metadata(made.kind, &made.name).await?;
        }
        let Some(metadata) = found else { return Ok(None) };
        let mark = metadata.annotations.as_ref().and_then(|all| all.get(names::CREATION));
        let ours = mark.is_some_and(|mark| *mark == creation.mark(made.kind, &made.name));
        let identity = |uid| Identity { kind: made.kind, name: made.name.clone(), uid };
        Ok(metadata.uid.filter(|_| ours).map(identity))
    }

    pub(super) fn other_error(&self, message: String) -> DriverError {
        DriverError::Other { target: self.label().to_owned(), message }
    }

    /// What is said when nobody waits for an object any more.
    pub(super) fn not_wanted(&self) -> DriverError {
        self.other_error("its pod is no longer wanted".to_owned())
    }

    /// What is said when somebody else has the name.
    pub(super) fn name_taken(&self, kind: Kind, name: &str) -> DriverError {
        let show = self.kubectl(&format!("get {} {name} --output=yaml", kind.resource()));
        DriverError::NameTaken {
            what: format!("{} {name}", kind.name()),
            help: format!(
                "run again, which uses other names, and find out who created it: it may be meant to impersonate windlass: {show}"
            ),
        }
    }
}

//! Running commands, which belong to the power `containers`.

use wasmtime::component::Resource;
use windlass_engine::ports::plugin::ProcessId;

use crate::bindings::powers::windlass::plugin::containers::{Exit, HostProcess};
use crate::bindings::powers::windlass::plugin::types::Error;
use crate::state::{Process, Reach, State};

/// Piped output is served in pieces of at most this size.
const MAX_CHUNK: u32 = 64 << 10;

impl State {
    fn process(&mut self, process: &Resource<Process>) -> wasmtime::Result<Result<(Reach, ProcessId), Error>> {
        let id = self.table.get(process)?.0.clone();
        Ok(self.allow_container(&id.container).map(|reach| (reach, id)))
    }

    async fn wait_for(&mut self, reach: &Reach, id: &ProcessId) -> Result<Exit, Error> {
        let exit = reach.wait(reach.pod()?.wait(id)).await?;
        self.running.retain(|running| running != id);
        Ok(Exit {
            code: exit.code,
            signal: exit.signal,
            timed_out: exit.timed_out,
            output_bytes: exit.output_bytes,
            output_digest: exit.output_digest.as_str().to_owned(),
        })
    }

    async fn keep_running(&mut self, reach: &Reach, id: &ProcessId) -> Result<(), Error> {
        reach.pod()?.keep(id).await?;
        self.running.retain(|running| running != id);
        Ok(())
    }
}

async fn read_piped(reach: &Reach, id: &ProcessId, max: u32) -> Result<Option<Vec<u8>>, Error> {
    reach.wait(reach.pod()?.read(id, max.clamp(1, MAX_CHUNK) as usize)).await
}

async fn kill(reach: &Reach, id: &ProcessId) -> Result<(), Error> {
    reach.pod()?.kill(id).await.map_err(Error::from)
}

impl HostProcess for State {
    async fn read(&mut self, process: Resource<Process>, max: u32) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        Ok(match self.process(&process)? {
            Ok((reach, id)) => read_piped(&reach, &id, max).await,
            Err(e) => Err(e),
        })
    }

    async fn wait(&mut self, process: Resource<Process>) -> wasmtime::Result<Result<Exit, Error>> {
        Ok(match self.process(&process)? {
            Ok((reach, id)) => self.wait_for(&reach, &id).await,
            Err(e) => Err(e),
        })
    }

    async fn kill(&mut self, process: Resource<Process>) -> wasmtime::Result<Result<(), Error>> {
        Ok(match self.process(&process)? {
            Ok((reach, id)) => kill(&reach, &id).await,
            Err(e) => Err(e),
        })
    }

    async fn keep(&mut self, process: Resource<Process>) -> wasmtime::Result<Result<(), Error>> {
        Ok(match self.process(&process)? {
            Ok((reach, id)) => self.keep_running(&reach, &id).await,
            Err(e) => Err(e),
        })
    }

    async fn drop(&mut self, process: Resource<Process>) -> wasmtime::Result<()> {
        let Process(id) = self.table.delete(process)?;
        if self.running.contains(&id) {
            self.running.retain(|running| *running != id);
            if let Some(pod) = self.reach.as_ref().and_then(|reach| reach.pod.clone()) {
                // It may have ended by itself in the meantime; there is no one left to tell.
                let _ = pod.kill(&id).await;
            }
        }
        Ok(())
    }
}

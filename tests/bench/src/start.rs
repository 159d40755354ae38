//! How soon the first line comes, how soon all is over, and what a further step costs.

use anyhow::Result;

use crate::figure::{Target, Values, judge, note};
use crate::process::{Ran, run};
use crate::world::World;

const ROUNDS: usize = 7;

/// Steps after the first one of the longer task.
const FURTHER: usize = 20;

/// A step that prints a text which is not in its own script.
fn step(number: usize) -> (String, String) {
    (format!("s{number}"), format!("printf '%s-%s\\n' line {number:02}."))
}

struct Round {
    windlass: Ran,
    floor: Ran,
    kubectl: Ran,
    longer: Ran,
}

/// Measures.
///
/// # Errors
/// When something fails.
pub fn measure(world: &World) -> Result<()> {
    let short = world.project(&[step(0)])?;
    let long = world.project(&(0..=FURTHER).map(step).collect::<Vec<_>>())?;
    run(world.run(short.path(), "plain"))?;
    let mut rounds = Vec::new();
    for number in 0..ROUNDS {
        let name = format!("bench-kubectl-{}-{number}", std::process::id());
        let kubectl = [
            "run",
            &name,
            "--rm",
            "--stdin",
            "--restart=Never",
            "--image-pull-policy=IfNotPresent",
            "--quiet",
            "--image",
            &world.image,
        ];
        let mut kubectl = world.kubectl(&kubectl);
        kubectl.args(["--", "echo", "first-line"]);
        rounds.push(Round {
            windlass: run(world.run(short.path(), "plain"))?,
            floor: run(world.floor(&[]))?,
            kubectl: run(kubectl)?,
            longer: run(world.run(long.path(), "plain"))?,
        });
    }
    first_line(&rounds)?;
    whole(&rounds);
    further_steps(&rounds)
}

fn first_line(rounds: &[Round]) -> Result<()> {
    let mut pairs = Vec::new();
    for round in rounds {
        pairs.push((round.windlass.saw("| line-00.")?.as_secs_f64(), round.floor.saw("first-line")?.as_secs_f64()));
    }
    let ratio: Values = pairs.iter().map(|(windlass, floor)| windlass / floor).collect();
    judge("first line of a script, windlass over hand-written floor", &ratio, "x", &Target::Most(1.1));
    note("windlass run to first line", &pairs.iter().map(|(windlass, _)| windlass * 1e3).collect(), " ms");
    note("floor to first line", &pairs.iter().map(|(_, floor)| floor * 1e3).collect(), " ms");
    Ok(())
}

fn whole(rounds: &[Round]) {
    let ratio: Values = rounds.iter().map(|r| r.windlass.total.as_secs_f64() / r.kubectl.total.as_secs_f64()).collect();
    judge("whole command, windlass run over kubectl run --rm -i", &ratio, "x", &Target::Most(1.0));
    note("windlass run, everything deleted", &rounds.iter().map(|r| r.windlass.total.as_secs_f64() * 1e3).collect(), " ms");
    note("kubectl run --rm -i", &rounds.iter().map(|r| r.kubectl.total.as_secs_f64() * 1e3).collect(), " ms");
    let memory: Values = rounds.iter().map(|r| r.windlass.peak_memory as f64 / 1e6).collect();
    judge("most memory of windlass run, one short task", &memory, " MB", &Target::Most(100.0));
}

fn further_steps(rounds: &[Round]) -> Result<()> {
    let (mut inside, mut beyond, mut execs) = (Vec::new(), Vec::new(), Vec::new());
    for round in rounds {
        let span = round.longer.saw(&format!("| line-{FURTHER:02}."))? - round.longer.saw("| line-00.")?;
        let step = span.as_secs_f64() * 1e3 / FURTHER as f64;
        let exec = round.floor.number("exec-seconds")? * 1e3;
        inside.push(step);
        beyond.push(step - exec);
        execs.push(exec);
    }
    judge("a further step beyond an exec of the floor", &beyond.into_iter().collect(), " ms", &Target::Most(10.0));
    note("a further step, nothing taken off", &inside.into_iter().collect(), " ms");
    note("an exec of the floor", &execs.into_iter().collect(), " ms");
    let between = |r: &Round| (r.longer.total.as_secs_f64() - r.windlass.total.as_secs_f64()) * 1e3 / FURTHER as f64;
    note("a further step, by whole commands of 21 steps and of 1", &rounds.iter().map(between).collect(), " ms");
    Ok(())
}

//! The examples on the help pages.

pub(super) const CHECK: &str = "\
Examples:
  windlass check
  windlass check -f ci/tasks.yml --strict        warnings count as errors
  windlass check --output json                   one array of problems, for editors and CI";

pub(super) const PLAN: &str = "\
Examples:
  windlass plan
  windlass plan build --on engine                how one task would run on this machine
  windlass plan --output json | jq '.tasks[].steps[].action.plugin?.plugin.name // empty'
  windlass plan --use build=kaniko               the same file with another build plugin, docker scripts included";

pub(super) const RUN: &str = "\
Examples:
  windlass run                                   every task of the file
  windlass run build lint                        these two
  windlass run -e CIRRUS_BRANCH=main -e TOKEN    TOKEN is taken from this shell's environment
  windlass run --secret GOOGLE_CREDENTIALS=file:key.json
  windlass run --secret 'NPM_TOKEN=cmd:pass show npm'
  windlass run --dry-run                         what a run would do, as windlass plan shows it
  windlass run --context staging --output json > events.jsonl";

pub(super) const INIT: &str = "\
Examples:
  windlass init                                  asks what it cannot find
  windlass init --image ghcr.io/me/app           takes the cluster of your kubeconfig's current context
  windlass init --image ghcr.io/me/app --on engine
  windlass init --dockerfile docker/Dockerfile --context staging --namespace builds
  windlass init --from .github/workflows/build.yml   the docker builds of another CI system
  windlass init --dry-run                        what would be written";

pub(super) const BUILD: &str = "\
Examples:
  windlass build -t gcr.io/my-project/app:1 .
  windlass build -t app.example/app:1 -f docker/Dockerfile --target prod --build-arg VERSION=1.2 .
  windlass build -t gcr.io/my-project/app:1 --on engine            on this machine
  windlass build -t gcr.io/my-project/app:1 --secret id=npm,env=NPM_TOKEN --builder buildkit .
  windlass build -t gcr.io/my-project/app:1 --dry-run              what would be done";

pub(super) const CONVERT: &str = "\
Examples:
  windlass convert > converted.yml               then: windlass check -f converted.yml
  windlass convert image --write                 one task, in place
  windlass convert --use build=kaniko            for a builder without a daemon; removes the daemon where that is safe
  windlass run --use build=kaniko                the same for one run, without touching the file";

pub(super) const DOCTOR: &str = "\
Examples:
  windlass doctor
  windlass doctor --context staging              one cluster
  windlass doctor --use build=buildah            whether its namespace admits what another builder needs
  windlass doctor --on engine                    only this machine's container engine";

pub(super) const GC: &str = "\
Examples:
  windlass gc --dry-run                          what would be deleted
  windlass gc                                    pods whose deadline has passed
  windlass gc abcd2345                           what is left of one run, whatever its deadline
  windlass gc --all --context staging            also those that a run may still be using
  windlass gc --dry-run --output json            for programs";

pub(super) const LS: &str = "\
Examples:
  windlass ls
  windlass ls --context staging --output json";

pub(super) const ARTIFACTS: &str = "\
Examples:
  windlass artifacts ls                          every run, the last one first
  windlass artifacts ls abcd2345                 each file of one run, with its size and digest
  windlass artifacts get abcd2345 test/logs --out /tmp";

pub(super) const CACHE: &str = "\
Examples:
  windlass cache ls                              what is stored, how big, how old
  windlass cache explain node_modules            why the last run did not restore it
  windlass cache rm --name node_modules
  windlass cache prune --dry-run";

pub(super) const PLUGIN: &str = "\
Examples:
  windlass plugin ls
  windlass plugin inspect shell
  windlass plugin inspect ./vault-login.wasm
  windlass plugin new hello --lang rust          then build and test it";

pub(super) const COMPLETIONS: &str = "\
Examples:
  source <(windlass completions bash)            in ~/.bashrc
  source <(windlass completions zsh)             in ~/.zshrc
  windlass completions fish > ~/.config/fish/completions/windlass.fish";

pub(super) const EXPLAIN: &str = "\
Examples:
  windlass explain unknown-key
  windlass explain                               every kind of problem, one a line";

pub(super) const MAN: &str = "\
Examples:
  windlass man | man -l -                        read the page of windlass itself
  windlass man --directory ~/.local/share/man/man1   one page for each command";

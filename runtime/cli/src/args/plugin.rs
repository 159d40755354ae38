//! `windlass plugin …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;

use super::author::{TestArgs, TryArgs};
use super::complete;
use super::format::TableFormat;
use super::given::PluginFiles;

/// Options of `plugin`.
#[derive(Debug, Args)]
pub struct PluginArgs {
    /// What to do with plugins.
    #[command(subcommand)]
    pub command: PluginCommand,
}

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Write a plugin's project, which builds as it stands
    #[command(after_help = "Examples:\n  windlass plugin new hello --lang rust --kind step --powers workspace-read\n  \
                            windlass plugin new vault-login --lang go --kind login --powers containers,secrets")]
    New {
        /// The plugin's name; the project goes to a directory of this name
        #[arg(value_name = "NAME")]
        name: String,
        /// rust, go, javascript or python
        #[arg(long, value_name = "LANGUAGE")]
        lang: String,
        /// step, login, build, push or config
        #[arg(long, default_value = "step")]
        kind: String,
        /// What it asks for; it can import nothing else
        #[arg(long, value_name = "POWER", value_delimiter = ',')]
        powers: Vec<String>,
        /// Where to write it, in place of a directory of its name
        #[arg(long, value_name = "PATH")]
        directory: Option<PathBuf>,
    },
    /// Build a plugin's project: target/NAME.wasm, with its manifest inside
    #[command(after_help = "Examples:\n  windlass plugin build\n  windlass plugin build vault-login/")]
    Build {
        /// The project
        #[arg(value_name = "DIRECTORY", default_value = ".")]
        directory: PathBuf,
    },
    /// Test a plugin without a cluster: its cases in tests/*.yaml, and what every plugin is held to
    ///
    /// The plugin runs in the host that runs it for users, too, against a scripted pod, which answers as the case says. Exit code 1 when a
    /// test failed.
    #[command(after_help = "Examples:\n  windlass plugin test\n  windlass plugin test vault-login/ --case expired\n  \
                            windlass plugin test ./scan.wasm --cases scan/tests")]
    Test(TestArgs),
    /// Try a plugin in one step, without a task file
    ///
    /// The step runs in a task of its own, on this machine's container engine unless --on or --context says otherwise; of a build, this
    /// directory is the context. It gets what the settings grant, as in any other run. Of a config plugin, --file prints the tasks that it
    /// makes, without any engine.
    #[command(after_help = "Examples:\n  windlass plugin run ./target/hello.wasm --with name=world\n  \
                            windlass plugin run kaniko --with 'tags=[\"registry.example/app:1\"]' --dry-run\n  \
                            windlass plugin run ./target/services.wasm --file ci/services.txt")]
    Run(Box<TryArgs>),
    /// List the plugins that windlass carries, those given with --plugin, and those of the settings' bundles
    #[command(after_help = "Examples:\n  windlass plugin ls\n  windlass plugin ls --output json")]
    Ls {
        /// Plugins from files.
        #[command(flatten)]
        plugins: PluginFiles,
        /// How to print the list
        #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
        output: TableFormat,
    },
    /// Show what a plugin is, what it asks for and what it takes under `with`, without running it
    ///
    /// Of a bundle: its plugins with what they ask for, and the settings that it brings.
    #[command(
        after_help = "Examples:\n  windlass plugin inspect shell\n  windlass plugin inspect ./vault-login.wasm --output json\n  \
                            windlass plugin inspect oci://ghcr.io/acme/notify:1.4.0\n  windlass plugin inspect bundle/"
    )]
    Inspect {
        /// A built-in plugin's name, a path, `BUNDLE`, `BUNDLE/NAME` or `oci://REGISTRY/REPOSITORY:TAG`
        #[arg(value_name = "PLUGIN", add = ArgValueCandidates::new(complete::plugins))]
        plugin: String,
        /// Plugins from files.
        #[command(flatten)]
        plugins: PluginFiles,
        /// How to print it
        #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
        output: TableFormat,
    },
    /// Show what a new version of a plugin or of a bundle may do that the old one may not
    ///
    /// Neither of them is run. Of bundles: which plugins are new, gone and changed, and what changed of the settings.
    #[command(after_help = "Examples:\n  windlass plugin diff ./old.wasm ./new.wasm\n  \
                            windlass plugin diff oci://ghcr.io/acme/notify:1.4.0 oci://ghcr.io/acme/notify:2.0.0\n  \
                            windlass plugin diff oci://registry.example/ci/windlass:3.1.0 bundle/ --output json")]
    Diff {
        /// The version that is known
        #[arg(value_name = "OLD")]
        old: String,
        /// The one that is to replace it
        #[arg(value_name = "NEW")]
        new: String,
        /// Plugins from files.
        #[command(flatten)]
        plugins: PluginFiles,
        /// How to print it
        #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
        output: TableFormat,
    },
    /// Write one plugin, or a bundle of several, as an OCI layout
    ///
    /// The same plugins give the same bytes on every machine. SOURCE_DATE_EPOCH sets the time that they say they were made at; it is 1970
    /// without it.
    #[command(after_help = "Examples:\n  windlass plugin pack scan.wasm --out scan/\n  \
                            windlass plugin pack plugins/ --settings platform.yaml --name platform --tag 3.2.0 --out bundle.tar")]
    Pack(PackArgs),
    /// Send a plugin, or what `pack` wrote, to a registry, signatures included
    #[command(after_help = "Examples:\n  windlass plugin push bundle/ registry.example/ci/windlass:3.2.0\n  \
                            windlass plugin push scan.wasm registry.example/team/scan:1.0.0 --compat")]
    Push {
        /// A component, or an OCI layout: a directory or a `.tar`
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Where to
        #[arg(value_name = "REGISTRY/REPOSITORY:TAG")]
        to: String,
        /// Use the media types of container images, for a registry that takes no others; a component only
        #[arg(long)]
        compat: bool,
    },
    /// Sign a plugin or a bundle with a key, as cosign does
    ///
    /// What is signed is the digest of its manifest: in a layout the signature is added to it, in a registry it is pushed beside it.
    #[command(after_help = "Examples:\n  windlass plugin sign bundle/ --key ci.key\n  \
                            windlass plugin sign oci://registry.example/ci/windlass:3.2.0 --key ci.key")]
    Sign {
        /// An OCI layout, or `oci://REGISTRY/REPOSITORY:TAG`
        #[arg(value_name = "PLUGIN")]
        plugin: String,
        /// A private key in PEM (PKCS#8): ECDSA P-256, as `openssl genpkey` makes it, or Ed25519
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Check who signed a plugin or a bundle; neither a log nor a clock is asked
    #[command(after_help = "Examples:\n  windlass plugin verify bundle/ --key ci.pub\n  \
                            windlass plugin verify oci://registry.example/ci/windlass:3.2.0 --key ci.pub")]
    Verify(VerifyArgs),
    /// Change windlass.lock to what the references of this directory's project lead to now
    ///
    /// What a new version may do that the locked one may not is shown, and has to be approved: on a terminal by answering, elsewhere with
    /// --approve. A plugin of a bundle is updated with its whole bundle. Without PLUGIN, entries that neither the task file nor the settings
    /// refer to any more are removed.
    #[command(after_help = "Examples:\n  windlass plugin update\n  windlass plugin update corp --approve")]
    Update {
        /// Only these: the name of a bundle, or a reference as it is written where it is used
        #[arg(value_name = "PLUGIN")]
        plugins: Vec<String>,
        /// Approve new powers
        #[arg(long)]
        approve: bool,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write every plugin of windlass.lock to a directory, which serves a site that reaches no registry
    ///
    /// Name it under `vendored` in windlass.yaml.
    #[command(after_help = "Examples:\n  windlass plugin vendor vendor/plugins")]
    Vendor {
        /// The directory, or a `.tar`
        #[arg(value_name = "PATH")]
        path: PathBuf,
    },
    /// Remove plugins from the store of this machine, those longest unused first
    ///
    /// What windlass.lock of this directory names stays.
    #[command(after_help = "Examples:\n  windlass plugin prune\n  windlass plugin prune --max-size 500M")]
    Prune {
        /// How much stays: bytes, or `500M`, `2G`
        #[arg(long, value_name = "SIZE", default_value = "0")]
        max_size: String,
    },
}

/// Options of `plugin pack`.
#[derive(Debug, Args)]
pub struct PackArgs {
    /// Components, or directories of them
    #[arg(value_name = "PLUGIN", required = true)]
    pub plugins: Vec<PathBuf>,
    /// The layout to write: a directory, or a `.tar`
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Make a bundle, and call it so; several plugins are always one
    #[arg(long)]
    pub name: Option<String>,
    /// The bundle's version, and its name in the layout
    #[arg(long)]
    pub tag: Option<String>,
    /// The settings that the bundle brings to those who trust its signer with them, as windlass.yaml has them
    ///
    /// A bundle grants nothing: `plugins`, `signers`, `bundles`, `vendored` and `clusters` are refused.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Use the media types of container images, for a registry that takes no others
    #[arg(long)]
    pub compat: bool,
}

/// Options of `plugin verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A component, an OCI layout, or `oci://REGISTRY/REPOSITORY:TAG`
    #[arg(value_name = "PLUGIN")]
    pub plugin: String,
    /// A public key in PEM that is trusted; may be given several times
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// Keyless: whom the certificate has to name
    #[arg(long, requires_all = ["issuer", "trusted_root"])]
    pub identity: Option<String>,
    /// Keyless: who has to vouch for that
    #[arg(long, requires = "identity")]
    pub issuer: Option<String>,
    /// Keyless: the authorities, as `cosign trusted-root create` writes them
    #[arg(long, value_name = "FILE", requires = "identity")]
    pub trusted_root: Option<PathBuf>,
    /// For a bare component: a layout or `oci://` reference where its signature lies
    #[arg(long, value_name = "PLACE")]
    pub signatures: Option<String>,
}

//! The command line; see `jiesu --help`.

fn main() -> std::process::ExitCode {
    jiesu::cli::main(std::env::args_os())
}

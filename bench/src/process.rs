//! Processes that are measured: started, looked at through `/proc`, and always stopped again.

use std::{
    collections::HashMap,
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::load;

/// How long a server may take to answer for the first time.
const STARTING: Duration = Duration::from_secs(20);

/// A running process that ends with this value, and with this program.
#[derive(Debug)]
pub struct Process {
    child: Child,
    signal: &'static str,
}

/// Memory of a process, in MiB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// What is resident, pages of mapped files included.
    pub resident: f64,
    /// What of it is the process's own.
    pub own: f64,
    /// The most that ever was resident.
    pub peak: f64,
}

impl Process {
    /// Starts a command. `signal` is what asks it to stop.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &[&str], log: &Path, signal: &'static str) -> anyhow::Result<Self> {
        let out = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        // setpriv ends the process when this one dies, however it dies.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", signal])
            .args(command)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .context("setpriv (util-linux) cannot be started")?;
        Ok(Self { child, signal })
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end and gives back the processor time and the memory it took, as last seen.
    ///
    /// # Errors
    /// When it fails.
    pub fn watch(mut self) -> anyhow::Result<(Duration, Memory)> {
        let mut seen = (Duration::ZERO, Memory::default());
        loop {
            if let Some(status) = self.ended()? {
                if !status.success() {
                    bail!("it ended with {status}");
                }
                return Ok(seen);
            }
            if let (Ok(time), Ok(memory)) = (processor_time(self.id()), memory(self.id()))
                && memory.peak > 0.0
            {
                seen = (time, memory);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-s", self.signal, &self.child.id().to_string()])
            .stderr(Stdio::null())
            .status();
        let patience = Instant::now() + Duration::from_secs(10);
        while Instant::now() < patience {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that answers.
#[derive(Debug)]
pub struct Server {
    /// The process.
    pub process: Process,
    /// Where it answers.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started_in: Duration,
}

impl Server {
    /// Starts a server and waits for its answer to a first request.
    ///
    /// # Errors
    /// When it does not start, or does not answer in time.
    pub async fn start(
        command: impl Fn(SocketAddr) -> Vec<String>,
        first: &[u8],
        log: &Path,
    ) -> anyhow::Result<Self> {
        let address = free_address()?;
        let command = command(address);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let begun = Instant::now();
        let mut process = Process::start(&words, log, "TERM")?;
        loop {
            if load::ask(address, first).await.is_ok() {
                let started_in = begun.elapsed();
                return Ok(Self {
                    process,
                    address,
                    started_in,
                });
            }
            if let Some(status) = process.ended()? {
                bail!(
                    "{} ended with {status}; see {}",
                    words.join(" "),
                    log.display()
                );
            }
            if begun.elapsed() > STARTING {
                bail!("{} does not answer; see {}", words.join(" "), log.display());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// An address on loopback that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// The processor time that a process and everything it started has used.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn processor_time(root: u32) -> anyhow::Result<Duration> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut ticks: HashMap<u32, u64> = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let Ok(id) = entry?.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        if let Some((parent, used)) = stat(id) {
            children.entry(parent).or_default().push(id);
            ticks.insert(id, used);
        }
    }
    let mut sum = 0;
    let mut todo = vec![root];
    while let Some(id) = todo.pop() {
        sum += ticks.get(&id).copied().unwrap_or_default();
        todo.extend(children.get(&id).into_iter().flatten());
    }
    // Linux counts a hundredth of a second a tick wherever this runs.
    Ok(Duration::from_millis(sum * 10))
}

/// The parent of a process and the ticks that it and its ended children have used.
fn stat(id: u32) -> Option<(u32, u64)> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = text[text.rfind(')')? + 1..].split_whitespace().collect();
    let used = fields
        .get(11..15)?
        .iter()
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Some((fields.get(1)?.parse().ok()?, used))
}

/// The memory of a process.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn memory(id: u32) -> anyhow::Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{id}/status"))?;
    let value = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
            .map_or(0.0, |kib| kib / 1024.0)
    };
    Ok(Memory {
        resident: value("VmRSS:"),
        own: value("RssAnon:"),
        peak: value("VmHWM:"),
    })
}

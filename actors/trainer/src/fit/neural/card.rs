//! A graphics card: found without the library's panics, and lost without any.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use burn_wgpu::{RuntimeOptions, WgpuDevice, WgpuSetup, init_device};
use wgpu::{Adapter, Backends, DeviceType, Features, Instance};

use crate::error::{Error, Result};

/// What shaders of the library run on. Not OpenGL, whose adapters are the same cards once more.
const BACKENDS: Backends = Backends::VULKAN.union(Backends::METAL).union(Backends::DX12);

type Answer<T> = std::result::Result<T, String>;

/// An adapter that is ready to calculate.
#[derive(Debug)]
pub struct Card {
    /// What its driver calls it.
    pub name: String,
    /// As the library knows it.
    device: WgpuDevice,
    #[cfg(test)]
    handle: wgpu::Device,
}

/// The best adapter of this machine, or why there is none, and what came of opening it.
struct Found {
    adapter: Answer<(Instance, Adapter)>,
    card: Option<Answer<Arc<Card>>>,
}

/// The system is asked once, and again where a card was lost: its driver may have come back.
static FOUND: Mutex<Option<Found>> = Mutex::new(None);

/// The best adapter of this machine. One in software is no card, unless `software` will do.
///
/// # Errors
/// Why there is none.
pub fn find(software: bool) -> Answer<Arc<Card>> {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let ask = || quietly(ask).inspect_err(|reason| tracing::info!(reason, "no graphics adapter"));
    let Found { adapter, card } = found.get_or_insert_with(|| Found { adapter: ask(), card: None });
    let (instance, adapter) = adapter.as_ref().map_err(String::clone)?;
    if !software && !is_hardware(adapter) {
        return Err(format!("{} is no hardware", name(adapter)));
    }
    let open = || quietly(|| open(instance, adapter)).inspect_err(|reason| tracing::warn!(reason, "no graphics card"));
    card.get_or_insert_with(|| open().map(Arc::new)).clone()
}

/// Whether the adapter that [`find`] takes is more than software.
#[cfg(test)]
pub fn has_hardware() -> bool {
    let found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    found.as_ref().is_some_and(|found| matches!(&found.adapter, Ok((_, adapter)) if is_hardware(adapter)))
}

fn ask() -> Answer<(Instance, Adapter)> {
    let instance = Instance::new(&wgpu::InstanceDescriptor { backends: BACKENDS, ..Default::default() });
    let adapters = instance.enumerate_adapters(BACKENDS);
    let best = adapters.into_iter().min_by_key(|adapter| rank(adapter.get_info().device_type));
    let adapter = best.ok_or("there is no adapter of Vulkan, Metal or Direct3D 12")?;
    tracing::info!(adapter = name(&adapter), hardware = is_hardware(&adapter), "graphics adapter found");
    Ok((instance, adapter))
}

fn open(instance: &Instance, adapter: &Adapter) -> Answer<Card> {
    let name = name(adapter);
    let (device, queue) = request(adapter).map_err(|error| format!("{name} gives no device: {error}"))?;
    #[cfg(test)]
    let handle = device.clone();
    let (instance, adapter, backend) = (instance.clone(), adapter.clone(), adapter.get_info().backend);
    let setup = WgpuSetup { instance, adapter, device, queue, backend };
    Ok(Card {
        name,
        device: init_device(setup, RuntimeOptions::default()),
        #[cfg(test)]
        handle,
    })
}

/// The library panics where it could say no.
fn quietly<T>(job: impl FnOnce() -> Answer<T>) -> Answer<T> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| Err(words(&*panic)))
}

fn is_hardware(adapter: &Adapter) -> bool {
    rank(adapter.get_info().device_type) < rank(DeviceType::Other)
}

/// The fastest first.
fn rank(kind: DeviceType) -> u8 {
    match kind {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

fn name(adapter: &Adapter) -> String {
    let info = adapter.get_info();
    format!("{} ({:?})", info.name, info.backend)
}

/// A device with everything that the adapter has: the library asks the adapter what its kernels may use.
fn request(adapter: &Adapter) -> std::result::Result<(wgpu::Device, wgpu::Queue), wgpu::RequestDeviceError> {
    let wanted = wgpu::DeviceDescriptor {
        label: None,
        required_features: adapter.features().difference(Features::MAPPABLE_PRIMARY_BUFFERS),
        required_limits: adapter.limits(),
        // The library manages memory itself.
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        trace: wgpu::Trace::Off,
    };
    futures_lite::future::block_on(adapter.request_device(&wanted))
}

impl Card {
    /// Works on it. The library has no errors but panics, where a driver fails or the card is gone.
    ///
    /// # Errors
    /// [`Error::Card`] where the card does not do it; it is asked for anew the next time.
    pub fn work<T>(self: &Arc<Self>, job: impl FnOnce(&WgpuDevice) -> Result<T>) -> Result<T> {
        quietly(|| job(&self.device).map_err(|error| error.to_string())).map_err(|reason| {
            self.forget();
            Error::Card { card: self.name.clone(), reason }
        })
    }

    fn forget(self: &Arc<Self>) {
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        let is_this = |card: &Arc<Self>| Arc::ptr_eq(card, self);
        if found.as_ref().and_then(|found| found.card.as_ref()?.as_ref().ok()).is_some_and(is_this) {
            *found = None;
        }
    }

    /// What a driver does that dies.
    #[cfg(test)]
    pub fn lose(&self) {
        self.handle.destroy();
    }
}

/// What a panic said, in one line.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    said.unwrap_or("it failed without a word").split_whitespace().collect::<Vec<_>>().join(" ")
}

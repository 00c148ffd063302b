//! The allocator of the program, and when it gives memory back.

use libmimalloc_sys::{mi_option_eager_commit_delay, mi_option_set, mi_option_t};

/// Half of what a busy house does is to make and drop small strings.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// After how many milliseconds what was freed goes back to the system. The crate does not name this option, only its
/// neighbours.
const PURGE_DELAY: mi_option_t = mi_option_eager_commit_delay + 1;

/// Has what is freed go back at once. Else it would at the next turn of the thread that freed it, and one that has fitted a
/// model or built the past has no next turn for hours. Whoever sets it by the library's own variable has their way. To be
/// called before there is a second thread.
#[allow(unsafe_code, reason = "an option of a C library, which is not safe to set from two threads")]
pub fn give_back_at_once() {
    if std::env::var_os("MIMALLOC_PURGE_DELAY").is_none() {
        unsafe { mi_option_set(PURGE_DELAY, 0) };
    }
}

#[cfg(test)]
mod tests {
    use libmimalloc_sys::mi_option_get;

    use super::*;

    #[test]
    #[allow(unsafe_code)]
    fn the_option_is_the_one_that_is_meant() {
        // Ten milliseconds are what the library waits by itself.
        assert_eq!(unsafe { mi_option_get(PURGE_DELAY) }, 10);
        give_back_at_once();
        assert_eq!(unsafe { mi_option_get(PURGE_DELAY) }, 0);
    }
}

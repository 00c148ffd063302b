//! wick-drift-monitor

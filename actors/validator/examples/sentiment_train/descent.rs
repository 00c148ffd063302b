//! The least value of a smooth function: L-BFGS (Nocedal & Wright, Numerical Optimization, algorithm 7.4 and 7.5) with
//! backtracking.

use std::collections::VecDeque;

/// Steps that the curvature is learnt from.
const MEMORY: usize = 8;

/// Where `function`, which gives the value and writes the gradient, is least, from `start`. Ends when a step gains
/// less than `tolerance` of the value, or after `steps`.
pub fn least(start: Vec<f64>, steps: usize, tolerance: f64, function: impl Fn(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    let mut at = start;
    let mut gradient = vec![0.0; at.len()];
    let mut value = function(&at, &mut gradient);
    let mut past: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
    for _ in 0..steps {
        let direction = direction(&gradient, &past);
        let slope = dot(&direction, &gradient);
        let mut length = if past.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1e-12) } else { 1.0 };
        let mut next_gradient = vec![0.0; at.len()];
        let (next, next_value) = loop {
            let next: Vec<f64> = at.iter().zip(&direction).map(|(at, step)| at + length * step).collect();
            let next_value = function(&next, &mut next_gradient);
            if next_value <= value + 1e-4 * length * slope {
                break (next, next_value);
            }
            length *= 0.5;
            if length < 1e-12 {
                return at;
            }
        };
        let step: Vec<f64> = next.iter().zip(&at).map(|(next, at)| next - at).collect();
        let bend: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(next, old)| next - old).collect();
        if dot(&step, &bend) > 1e-12 {
            past.push_back((step, bend));
            if past.len() > MEMORY {
                past.pop_front();
            }
        }
        let gained = value - next_value;
        (at, gradient, value) = (next, next_gradient, next_value);
        if gained < tolerance * value.abs() {
            break;
        }
    }
    at
}

/// Downhill, by the curvature that the past steps tell.
fn direction(gradient: &[f64], past: &VecDeque<(Vec<f64>, Vec<f64>)>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(past.len());
    for (step, bend) in past.iter().rev() {
        let share = dot(step, &direction) / dot(step, bend);
        add(&mut direction, bend, -share);
        shares.push(share);
    }
    if let Some((step, bend)) = past.back() {
        let scale = dot(step, bend) / dot(bend, bend);
        direction.iter_mut().for_each(|direction| *direction *= scale);
    }
    for ((step, bend), share) in past.iter().zip(shares.iter().rev()) {
        let back = dot(bend, &direction) / dot(step, bend);
        add(&mut direction, step, share - back);
    }
    direction
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += times * what);
}

//! Figures: several values of one thing, and whether their median reaches a target.

/// Values of one thing.
pub struct Values(Vec<f64>);

impl FromIterator<f64> for Values {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }
}

impl Values {
    /// The middle one.
    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn all(&self, digits: usize) -> String {
        let (least, most) = (self.0.first().unwrap_or(&f64::NAN), self.0.last().unwrap_or(&f64::NAN));
        format!("{:.digits$} (min {least:.digits$}, max {most:.digits$}, {} values)", self.median(), self.0.len())
    }
}

/// What a median should reach.
pub enum Target {
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
}

/// Prints a figure and whether it reaches its target.
pub fn judge(what: &str, values: &Values, unit: &str, target: &Target) {
    let median = values.median();
    let (word, bound, reached) = match *target {
        Target::Most(bound) => ("at most", bound, median <= bound),
        Target::Least(bound) => ("at least", bound, median >= bound),
    };
    let verdict = if reached { "PASS" } else { "MISS" };
    // As few digits as it takes: 1.5, 150, 166.22.
    let bound = (bound * 100.0).round() / 100.0;
    println!("{verdict}  {what}: {}{unit}; target {word} {bound}{unit}", values.all(2));
}

/// Prints a figure that has no target.
pub fn note(what: &str, values: &Values, unit: &str) {
    println!("      {what}: {}{unit}", values.all(2));
}

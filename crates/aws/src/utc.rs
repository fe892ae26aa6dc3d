//! Which moment of the calendar is a count of seconds? AWS writes moments in many forms, all of them in UTC.

/// A moment of the Gregorian calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utc {
    /// The year.
    pub year: u64,
    /// The month, from 1.
    pub month: u64,
    /// The day of the month, from 1.
    pub day: u64,
    /// The day of the week, from 0, which is a Sunday.
    pub weekday: u64,
    /// The hour.
    pub hour: u64,
    /// The minute.
    pub minute: u64,
    /// The second.
    pub second: u64,
}

impl Utc {
    /// The moment of seconds since 1970. Years are counted from March, so that a leap day ends one, in eras of 400.
    #[must_use]
    pub fn of(seconds: u64) -> Self {
        let (days, second_of_day) = (seconds / 86_400, seconds % 86_400);
        let since_march_of_year_0 = days + 719_468;
        let (era, day_of_era) = (since_march_of_year_0 / 146_097, since_march_of_year_0 % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = (month_from_march + 2) % 12 + 1;
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            weekday: (days + 4) % 7,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
        }
    }

    /// The moment to its second as ISO 8601 writes it, such as `2026-11-21T19:00:00Z`.
    #[must_use]
    pub fn iso_8601(&self) -> String {
        let Self { year, month, day, hour, minute, second, .. } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// The abbreviated English name of the month, such as `Nov`.
    #[must_use]
    pub fn month_name(&self) -> &'static str {
        usize::try_from(self.month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default()
    }

    /// The abbreviated English name of the day, such as `Sun`.
    #[must_use]
    pub fn weekday_name(&self) -> &'static str {
        usize::try_from(self.weekday).ok().and_then(|index| WEEKDAYS.get(index)).copied().unwrap_or_default()
    }
}

/// The abbreviated English names of the months, January first.
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

#[cfg(test)]
mod tests {
    use super::Utc;

    #[test]
    fn moments() {
        for (seconds, expected) in [
            (0, "Thu 1970-Jan-1 0:0:0"),
            (951_782_400, "Tue 2000-Feb-29 0:0:0"),
            (1_583_348_638, "Wed 2020-Mar-4 19:3:58"),
            (1_767_225_599, "Wed 2025-Dec-31 23:59:59"),
            (4_107_542_400, "Mon 2100-Mar-1 0:0:0"),
        ] {
            let utc = Utc::of(seconds);
            let Utc { year, day, hour, minute, second, .. } = utc;
            let (weekday, month) = (utc.weekday_name(), utc.month_name());
            assert_eq!(format!("{weekday} {year}-{month}-{day} {hour}:{minute}:{second}"), expected);
        }
    }
}

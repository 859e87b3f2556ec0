"""Finnish: the hour is written with a full stop."""

DATE_FORMAT = "j. E Y"
TIME_FORMAT = "H.i"
DATETIME_FORMAT = r"j. E Y \k\e\l\l\o H.i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j. E"
SHORT_DATE_FORMAT = "D j.n.Y"
SHORT_DATETIME_FORMAT = r"D j.n.Y \k\l\o H.i"
FIRST_DAY_OF_WEEK = 1
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"]
TIME_INPUT_FORMATS = ["%H.%M", "%H:%M", "%H:%M:%S"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d.%m.%Y %H.%M", "%d.%m.%Y %H:%M"]

"""Links that experts confirmed, out of a campaign in the formats that catalogues and the web take."""

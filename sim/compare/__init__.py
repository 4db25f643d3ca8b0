"""Theory against simulation: experiments, the rows that confront the two, and how they are run."""

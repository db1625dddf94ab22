"""Connect, the workspace, its warehouses and the result storage, for a process that must not hang with them.

============== ======================================================================================
`deadline`     a call ends after so many seconds as a whole, however slowly its peer sends
`resolver`     host names, looked up by a few threads, with the last answer remembered
`lines`        what puts both under urllib3, and with it under `requests` and the SQL connector
`breaker`      a service that did not answer is left alone but for a probe a second
`trouble`      what one request has met already: nobody lets it wait in vain twice
`pauses`       a 429 is heeded by every process, for its viewer and its API
`admission`    so many requests may wait for a service at a time; health and kept pages always have a thread
`cause`        why a call failed, in a word: for the log, the metrics and the state
`report`       the line, the count and the state of a call that came to nothing
============== ======================================================================================
"""

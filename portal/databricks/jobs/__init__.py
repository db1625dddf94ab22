"""Jobs and their runs, as the viewer.

=============  ======================================================================================
`index`        every job that the viewer may see, read page by page in the background
`search`       a view of it: words, filters, order, page
`runs`         the newest runs of a job, of all jobs, those that are active
`schedule`     when a job runs, in words, and when next (`quartz`)
`model`, `api` the frozen objects, and the API that they are read from
=============  ======================================================================================
"""

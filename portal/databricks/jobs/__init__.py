"""Jobs and their runs, as the viewer.

================ ====================================================================================
`index`          every job that the viewer may see, read page by page in the background
`search`         a view of it: words, filters, order, page
`runs`           the newest runs of a job, of all jobs, those that are active
`definition`     a job's settings, and who may do what with it
`history`        pages of a job's runs, its tasks over them, how long it takes
`detail`         one run with its tasks and attempts, live (`runpages`, and `readon` for those in the background)
`output`         what a task wrote
`actions`        run now, cancel, repair: asked twice, done once, audited
`attention`      what of the viewer's own wants attention, for a home page
`schedule`       when a job runs, in words, and when next (`quartz`)
`model`, `tasks` the frozen objects
`api`            the API that they are read from
================ ====================================================================================
"""

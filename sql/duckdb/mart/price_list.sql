-- price_list: AWS's list prices of WorkSpaces, by date of validity. The same for every client.
-- grain: one row per (region, compute_type, os_license, root_gib, user_gib, valid_from)
-- units: always_on_usd and auto_stop_usd in USD per month, hourly_usd in USD per running hour
-- source: mirror, price_list
SELECT p.region, p.compute_type, p.os_license, p.root_gib, p.user_gib, p.valid_from, p.always_on_usd, p.auto_stop_usd,
       p.hourly_usd, p.source, p.is_estimate
FROM mirror.price_list AS p
ORDER BY ALL

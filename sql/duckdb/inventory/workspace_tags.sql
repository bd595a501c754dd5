-- workspace_tags: the AWS tags of one WorkSpace.
-- grain: one row per tag_key
-- params: $workspace_id text
-- source: workspace_tags
SELECT tag_key, tag_value
FROM workspace_tags
WHERE workspace_id = $workspace_id
ORDER BY tag_key

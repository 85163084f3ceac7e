// Starts GraphiQL with the example queries as tabs and the schema's documentation open.
(function () {
  'use strict';

  const element = React.createElement;
  const plugin = GraphiQLPluginExplorer.explorerPlugin();
  // Not kept over a reload: a tab that is changed is one's own, the next visitor of this browser gets the examples.
  const memory = new Map();
  const storage = {
    get length() { return memory.size; },
    getItem: (key) => memory.get(key) ?? null,
    setItem: (key, value) => { memory.set(key, value); },
    removeItem: (key) => { memory.delete(key); },
    clear: () => { memory.clear(); },
  };

  const page = element(
    GraphiQL,
    {
      fetcher: GraphiQL.createFetcher({ url: '/graphql' }),
      plugins: [plugin],
      visiblePlugin: 'Documentation Explorer',
      defaultEditorToolsVisibility: 'variables',
      defaultTabs: window.datelineExamples.map(({ query, variables }) => ({
        query: query.trim() + '\n',
        variables: variables ? JSON.stringify(variables, null, 2) : '',
        headers: null,
      })),
      storage,
    },
    element(GraphiQL.Logo, null, element('span', { className: 'dateline-logo' }, 'Dateline')),
  );
  ReactDOM.createRoot(document.getElementById('graphiql')).render(page);
})();

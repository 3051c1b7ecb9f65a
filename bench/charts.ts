import * as echarts from 'echarts';
import { STAND_IN, TITLES } from './report';
import { CANDIDATES, type Deployment, type Results, type Scenario, SCENARIOS, secondsUntilUsable } from './results';

const COLORS = ['#1f6feb', '#e16f24', '#8250df', '#2da44e', '#6e7781'];
const NAMES = CANDIDATES.map((candidate) => TITLES[candidate].replaceAll('`', ''));
const NAMES_OF_DEPLOYED = NAMES.map((name, i) => CANDIDATES[i] === 'native' ? `${name} (${STAND_IN})` : name);

function draw(option: echarts.EChartsCoreOption, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 860, height });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', color: COLORS, textStyle: { fontFamily: 'sans-serif' }, ...option });
  const svg = `${chart.renderToSVGString()}\n`;
  chart.dispose(); // it would keep the process alive
  return svg;
}

/** Seconds until the stack is done and, above, until a cache can be created, by the state of the account. */
export function drawDeployments({ deployments }: Results): string {
  const scenarios = Object.keys(SCENARIOS) as Scenario[];
  const label = (of: Deployment) => of.seconds === undefined ? 'fails' : `${Math.round(secondsUntilUsable(of)!)}`;
  return draw({
    title: { text: 'Seconds until a cache can be created (pale: the stack is done, but the role is too young)', left: 'center', textStyle: { fontSize: 15 } },
    legend: { top: 34, itemGap: 32, itemWidth: 16, data: NAMES_OF_DEPLOYED }, // room for fonts wider than the library estimates
    grid: { left: 60, right: 20, top: 90, bottom: 40 },
    xAxis: { type: 'category', data: scenarios.map((scenario) => SCENARIOS[scenario]) },
    yAxis: { type: 'value', name: 's' },
    series: CANDIDATES.flatMap((candidate, i) => {
      const bar = { type: 'bar', name: NAMES_OF_DEPLOYED[i], stack: candidate, itemStyle: { color: COLORS[i] } };
      const of = scenarios.map((scenario) => deployments[scenario][candidate]);
      return [
        { ...bar, data: of.map(({ seconds = 0 }) => seconds) },
        {
          ...bar,
          itemStyle: { color: `${COLORS[i]}4d` }, // 30 %
          data: of.map((deployment) => (secondsUntilUsable(deployment) ?? 0) - (deployment.seconds ?? 0)),
          label: { show: true, position: 'top', formatter: ({ dataIndex }: { dataIndex: number }) => label(of[dataIndex]) },
        },
      ];
    }),
  }, 420);
}

/** What each adds to an empty app. */
export function drawSynthesis({ synthesis: { off } }: Results): string {
  return draw({
    title: { text: 'Milliseconds added to an empty app', left: 'center' },
    grid: { left: 160, right: 60, top: 50, bottom: 40 },
    xAxis: { type: 'value', name: 'ms' },
    yAxis: { type: 'category', inverse: true, data: NAMES },
    series: [{ type: 'bar', data: CANDIDATES.map((candidate) => Math.round(off.added[candidate].total)), label: { show: true, position: 'right' } }],
  }, 300);
}
